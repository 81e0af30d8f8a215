import { type Figure, table } from './figures.ts';
import { createFleet } from './fleet.ts';
import { hanging } from './hang.ts';
import { createMeter } from './meter.ts';
import { type BenchOptions, benchOptions, help } from './options.ts';
import { begin, besideHanging, MEASURED, type Stage, steady } from './steady.ts';
import type { StubKind } from './stub-pods.ts';
import { type Stubs, startStubs } from './stubs.ts';

// What it costs to verify a fleet, and how soon a pod that hangs is noticed. `--help` tells the rest.

/** So many stubs stand in for all pods: a third of them for each way of speaking. */
const STUBS = 24;
const kinds: readonly StubKind[] = ['legacy-sse', 'legacy-json', 'modern'];

/** @returns whether all figures are met */
async function main(options: BenchOptions, stubs: Stubs): Promise<boolean> {
  const print = (line: string) => console.log(line);
  const listen = async (kind: StubKind) => (await stubs.ask({ do: 'listen', kind })).port;
  const ports: number[] = [];
  for (let stub = 0; stub < STUBS; stub++) ports.push(await listen(kinds[stub % kinds.length] ?? 'modern'));

  const meter = createMeter();
  const fleet = await createFleet(meter, MEASURED);
  const stage: Stage = { options, fleet, meter, stubs, print };
  const all: Figure[] = [];
  const show = (title: string, figures: readonly Figure[]) => {
    print(`${title}\n${table(figures)}\n`);
    all.push(...figures);
  };
  try {
    show('Start', await begin(stage, ports));
    show(`${options.servers} servers × ${options.pods} pods every ${options.interval} s`, await steady(stage));
    if (options.hanging > 0) {
      show(`The same beside ${options.hanging} pods that hang`, await besideHanging(stage, await listen('modern')));
    }
    if (options.rounds > 0) show('A pod that hangs and comes back', await hanging(stage, await listen('legacy-sse')));
  } finally {
    meter.stop();
    await fleet.verifier.stop?.({ clean: true });
  }
  return all.every(({ met }) => met !== false);
}

const options = benchOptions(process.argv.slice(2));
if (options === undefined) console.log(help);
else {
  const stubs = startStubs();
  // Its end is the end of the stubs too, however it comes.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  try {
    const met = await main(options, stubs);
    if (options.check && !met) process.exitCode = 1;
  } finally {
    await stubs.stop();
  }
}
