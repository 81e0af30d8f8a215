import { sleep, systemClock } from '../../src/runtime/clock.ts';
import type { Figure } from './figures.ts';
import type { Stage } from './steady.ts';

/** The third part: a pod of the fleet hangs, and answers again. */

/** The shortest that the API allows, so that it does not take long. */
const settings = { intervalMs: 5_000, timeoutMs: 2_000 } as const;
const MOST_GONE_MS = settings.intervalMs + settings.timeoutMs + 1_000;
const MOST_BACK_MS = 2_000;
/** How long it goes on hanging after it was told, from round to round. */
const DURATIONS_MS = [0, 400, 1_700, 5_300, 12_100, 900, 3_000, 8_200];
const NAME = 'hangs';

/** Has one pod hang and answer again, some times, and looks how long each takes to be told. */
export async function hanging({ options, fleet, stubs, print }: Stage, port: number): Promise<readonly Figure[]> {
  const gone: number[] = [];
  const back: number[] = [];
  fleet.track(NAME, [port], settings);

  async function until(standing: string): Promise<number> {
    const start = performance.now();
    while (fleet.verifier.reports(`bench/${NAME}`)[0]?.standing !== standing) {
      if (performance.now() - start > 60_000) throw new Error(`the pod was not ${standing} within a minute`);
      await sleep(systemClock, 5);
    }
    return performance.now() - start;
  }

  await until('Passed');
  for (let round = 0; round < options.rounds; round++) {
    // At another point of the interval each time.
    await sleep(systemClock, (round * 1_234) % settings.intervalMs);
    await stubs.ask({ do: 'hang', port, hang: true });
    gone.push(await until('Failed'));
    await sleep(systemClock, DURATIONS_MS[round % DURATIONS_MS.length] ?? 0);
    await stubs.ask({ do: 'hang', port, hang: false });
    back.push(await until('Passed'));
    print(`  round ${round + 1} of ${options.rounds}: told after ${seconds(gone)}, back after ${seconds(back)}`);
  }
  return [
    {
      what: `told as failed, at most (interval ${settings.intervalMs / 1_000} s, timeout ${settings.timeoutMs / 1_000} s)`,
      value: `${seconds([Math.max(...gone)])}`,
      wanted: `at most ${MOST_GONE_MS / 1_000} s`,
      met: Math.max(...gone) <= MOST_GONE_MS,
    },
    {
      what: 'told as back, at most',
      value: `${seconds([Math.max(...back)])}`,
      wanted: `at most ${MOST_BACK_MS / 1_000} s`,
      met: Math.max(...back) <= MOST_BACK_MS,
    },
  ];
}

/** The last of some times, in milliseconds, as text. */
function seconds(times: readonly number[]): string {
  return `${((times.at(-1) ?? 0) / 1_000).toFixed(2)} s`;
}
