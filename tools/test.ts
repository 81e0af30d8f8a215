import { systemClock } from '../src/runtime/clock.ts';
import { repositoryRoot } from './generated-file.ts';
import { thisMachine } from './testing/machine.ts';
import { exitCodeOf, parseOptions, type TestOptions } from './testing/options.ts';
import { runSuite } from './testing/suite.ts';

// `make test`: lint, types and every test. `--help` tells the rest.

/** Exit codes: 1 something failed, 2 the command line is wrong, 130 ended by Ctrl-C. */
async function main(options: TestOptions): Promise<number> {
  const interrupt = new AbortController();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  // Once: a second Ctrl-C ends this process at once.
  for (const signal of signals) process.once(signal, () => interrupt.abort());
  const outcome = await runSuite(options, {
    root: repositoryRoot,
    clock: systemClock,
    print: (line) => console.log(line),
    signal: interrupt.signal,
    env: process.env,
    machine: thisMachine,
  });
  if (interrupt.signal.aborted) return 130;
  return outcome.failures.length === 0 ? 0 : 1;
}

if (import.meta.main) {
  try {
    process.exitCode = await main(parseOptions(process.argv.slice(2)));
  } catch (thrown) {
    const code = exitCodeOf(thrown);
    if (code === undefined) throw thrown;
    process.exitCode = code;
  }
}
