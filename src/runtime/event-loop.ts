import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Check } from './health.ts';

/** How much the event loop was late, over a time, in milliseconds. */
export interface LoopDelay {
  /** Half of the turns were later than this. */
  readonly medianMs: number;
  readonly maxMs: number;
}

/** Watches the event loop's delay. */
export interface LoopMonitor {
  /** The delays since the last call; undefined when there was no turn yet. */
  read(): LoopDelay | undefined;
  stop(): void;
}

/**
 * A monitor that looks twice a second: an idle operator should sleep, and a delay that matters is longer than that.
 *
 * @param resolutionMs how often to look; default 500
 */
export function createLoopMonitor(resolutionMs = 500): LoopMonitor {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  // What is measured is the time from one look to the next, so the interval itself has to be taken off.
  const late = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - resolutionMs);
  return {
    read() {
      if (histogram.count === 0) return undefined;
      const delay = { medianMs: late(histogram.percentile(50)), maxMs: late(histogram.max) };
      histogram.reset();
      return delay;
    },
    stop() {
      histogram.disable();
    },
  };
}

/**
 * A liveness check on the event loop. A loop that is stuck does not answer at all; this finds the one that crawls.
 * One long pause, or being busy, is no reason to be killed: the check fails when half of all turns since it was asked
 * before were late by more than the limit.
 *
 * @param limitMs default 2,000
 */
export function checkEventLoop(monitor: Pick<LoopMonitor, 'read'>, limitMs = 2_000): Check {
  return () => {
    const delay = monitor.read();
    if (delay === undefined || delay.medianMs <= limitMs) return undefined;
    return `the event loop is late by ${Math.round(delay.medianMs)} ms half of the time (limit ${limitMs} ms)`;
  };
}
