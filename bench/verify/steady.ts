import { sleep, systemClock } from '../../src/runtime/clock.ts';
import type { Figure } from './figures.ts';
import type { Fleet } from './fleet.ts';
import { liveHeap } from './live-heap.ts';
import type { Meter, Reading } from './meter.ts';
import type { BenchOptions } from './options.ts';
import type { Stubs } from './stubs.ts';

/** The first part: a fleet that answers. And the second: the same, while others hang. */

/** What the parts share. */
export interface Stage {
  readonly options: BenchOptions;
  readonly fleet: Fleet;
  readonly meter: Meter;
  readonly stubs: Stubs;
  readonly print: (line: string) => void;
}

/** The prefix of servers whose probes are measured. */
export const MEASURED = 'good';

/** A probe that begins within this of its time is on time: a tenth of what a late one would be noticed by. */
const ON_TIME_MS = 100;

/** Probes that are under way hold what they have read so far. */
const MOST_GROWTH_MIB = 5;

const milliseconds = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;

/** Starts the fleet and measures its first probes, which all come at once. */
export async function begin(
  { options, fleet, meter, print }: Stage,
  ports: readonly number[],
): Promise<readonly Figure[]> {
  const { servers, pods } = options;
  print(`${servers} servers with ${pods} pods each start`);
  meter.read();
  const start = performance.now();
  for (let server = 0; server < servers; server++) {
    const own = Array.from({ length: pods }, (_, pod) => ports[(server * pods + pod) % ports.length] ?? 0);
    fleet.track(`${MEASURED}-${server}`, own, { intervalMs: options.interval * 1_000 });
  }
  const verified = () => {
    let count = 0;
    for (let server = 0; server < servers; server++) {
      count += fleet.verifier.reports(`bench/${MEASURED}-${server}`).length;
    }
    return count;
  };
  while (verified() < servers * pods) {
    if (performance.now() - start > 120_000) throw new Error(`only ${verified()} pods were verified in two minutes`);
    await sleep(systemClock, 50);
  }
  const seconds = (performance.now() - start) / 1_000;
  const { loopP99, loopMax } = meter.read();
  return [
    { what: 'all pods verified for the first time after', value: `${seconds.toFixed(1)} s` },
    { what: 'event-loop delay meanwhile, p99 and most', value: `${milliseconds(loopP99)}, ${milliseconds(loopMax)}` },
  ];
}

/** Measures the fleet while all is well. */
export async function steady(stage: Stage): Promise<readonly Figure[]> {
  const { options, fleet, meter, stubs, print } = stage;
  // The second probe of a pod comes within the first interval; from then on it is once an interval.
  await wait(options.interval, 'settling', print);
  const before = {
    ...(await stubs.ask({ do: 'count' })),
    changes: fleet.changes(),
    failures: fleet.failures(MEASURED),
    live: liveHeap(),
  };
  const start = meter.read();
  await wait(options.seconds, 'measuring', print);
  const reading = meter.read();
  const failures = fleet.failures(MEASURED) - before.failures;
  const after = await stubs.ask({ do: 'count' });
  const live = liveHeap();
  return [
    ...onTime(options, reading),
    { what: 'probes that did not pass', value: `${failures}`, wanted: '0', met: failures === 0 },
    {
      what: 'processor',
      value: `${reading.cpu.toFixed(1)} % of a core`,
      wanted: 'under 15 %',
      met: reading.cpu < 15,
    },
    {
      what: 'event-loop delay, p99',
      value: milliseconds(reading.loopP99),
      wanted: 'under 20 ms',
      met: reading.loopP99 < 20,
    },
    { what: 'event-loop delay, most', value: milliseconds(reading.loopMax) },
    {
      what: 'sessions open on the servers, before and after',
      value: `${before.sessions}, ${after.sessions}`,
      wanted: 'flat',
      // Those of probes under way at that moment.
      met: after.sessions - before.sessions <= 64,
    },
    {
      what: 'sockets of this process, before and after',
      value: `${start.sockets}, ${reading.sockets}`,
      wanted: 'flat',
      met: reading.sockets - start.sockets <= 64,
    },
    { what: 'memory (RSS), before and after', value: `${start.rss.toFixed(0)}, ${reading.rss.toFixed(0)} MiB` },
    {
      what: 'memory in use after a collection, before and after',
      value: `${before.live.toFixed(1)}, ${live.toFixed(1)} MiB`,
      wanted: 'flat',
      met: live - before.live < MOST_GROWTH_MIB,
    },
    {
      what: 'findings that changed',
      value: `${fleet.changes() - before.changes}`,
      wanted: '0: nothing is written',
      met: fleet.changes() === before.changes,
    },
    { what: 'load of the machine', value: reading.load.toFixed(1) },
  ];
}

/** Measures the same fleet while others, which are not counted, hang. */
export async function besideHanging(stage: Stage, port: number): Promise<readonly Figure[]> {
  const { options, fleet, meter, stubs, print } = stage;
  print(`${options.hanging} more pods, which hang from their start`);
  await stubs.ask({ do: 'hang', port, hang: true });
  const failures = fleet.failures(MEASURED);
  meter.read();
  for (let server = 0; server < options.hanging; server++) fleet.track(`hanging-${server}`, [port]);
  await wait(options.interval, 'measuring', print);
  const reading = meter.read();
  for (let server = 0; server < options.hanging; server++) fleet.verifier.forget(`bench/hanging-${server}`);
  return [
    ...onTime(options, reading),
    {
      what: 'probes that did not pass',
      value: `${fleet.failures(MEASURED) - failures}`,
      wanted: '0',
      met: fleet.failures(MEASURED) === failures,
    },
    { what: 'processor', value: `${reading.cpu.toFixed(1)} % of a core` },
    { what: 'event-loop delay, p99', value: milliseconds(reading.loopP99) },
    { what: 'load of the machine', value: reading.load.toFixed(1) },
  ];
}

function onTime({ servers, pods, interval }: BenchOptions, reading: Reading): readonly Figure[] {
  // Waits are an interval or up to a tenth less.
  const due = (servers * pods * reading.seconds) / interval;
  return [
    {
      what: 'probes',
      value: `${reading.probes}`,
      wanted: `at least ${Math.floor(due * 0.98)}, one an interval and pod`,
      met: reading.probes >= due * 0.98,
    },
    {
      what: 'late by, p99',
      value: milliseconds(reading.lateP99),
      wanted: `under ${ON_TIME_MS} ms`,
      met: reading.lateP99 < ON_TIME_MS,
    },
    { what: 'late by, p50 and most', value: `${milliseconds(reading.lateP50)}, ${milliseconds(reading.lateMax)}` },
  ];
}

/** Waits, and says so every ten seconds. */
async function wait(seconds: number, what: string, print: (line: string) => void): Promise<void> {
  for (let left = seconds; left > 0; left -= 10) {
    print(`  ${what}: ${left} s to go`);
    await sleep(systemClock, Math.min(left, 10) * 1_000);
  }
}
