import { type Clock, systemClock } from '../src/runtime/clock.ts';

/** Told what is being done, a line at a time, without a line end. */
export type Report = (line: string) => void;

/** Tells nobody. */
export const silent: Report = () => undefined;

/**
 * Milliseconds as a person says them: `4.2 s`, `38 s`, `7 min 05 s`.
 *
 * @param ms a duration in milliseconds
 */
export function duration(ms: number): string {
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/**
 * Does something that may take long, and says every ten seconds that it still does, so that no one thinks it hangs.
 *
 * @param what the work in words, e.g. `building kubelet (4 of 7)`
 */
export async function withHeartbeat<T>(
  report: Report,
  what: string,
  work: () => Promise<T>,
  clock: Clock = systemClock,
  everyMs = 10_000,
): Promise<T> {
  const start = clock.monotonic();
  const beat = () => {
    report(`  still ${what}, ${duration(clock.monotonic() - start)} so far`);
    cancel = clock.after(everyMs, beat);
  };
  let cancel = clock.after(everyMs, beat);
  try {
    return await work();
  } finally {
    cancel();
  }
}
