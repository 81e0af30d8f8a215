import { Command, CommanderError } from 'commander';
import { ClusterError } from './cluster-error.ts';
import { addCommands } from './commands.ts';

/** Exit codes: 1 something failed, 2 the command line is wrong, 130 ended by Ctrl-C. */
const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort());

const program = new Command('cluster').exitOverride().showHelpAfterError();
addCommands(program, {
  out: (line) => process.stdout.write(`${line}\n`),
  // Progress is not a result: `eval "$(node cluster/cli.ts up)"` must work.
  report: (line) => process.stderr.write(`${line}\n`),
  signal: interrupt.signal,
});

try {
  await program.parseAsync();
} catch (thrown) {
  if (thrown instanceof CommanderError) {
    process.exitCode = thrown.exitCode === 0 ? 0 : 2;
  } else {
    const error = ClusterError.from(thrown);
    process.stderr.write(`${error.format()}\n`);
    process.exitCode = error.code === 'Aborted' ? 130 : 1;
  }
}
