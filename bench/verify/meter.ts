import { loadavg } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { percentile } from './percentile.ts';

/** What a stretch of time cost this process, and what it got done. */
export interface Reading {
  readonly seconds: number;
  /** Of one core, in percent. */
  readonly cpu: number;
  /** By how much turns of the event loop were late, in milliseconds. */
  readonly loopP99: number;
  readonly loopMax: number;
  /** How late probes began, in milliseconds. */
  readonly lateP50: number;
  readonly lateP99: number;
  readonly lateMax: number;
  readonly probes: number;
  /** Resident memory at the end, in MiB. */
  readonly rss: number;
  /** TCP sockets of this process that are open at the end. */
  readonly sockets: number;
  /** The machine's load at the end, over one minute. */
  readonly load: number;
}

/** Measures from one call of `read` to the next. */
export interface Meter {
  /** A probe began, so late. */
  probed(latenessMs: number): void;
  read(): Reading;
  stop(): void;
}

/** How often the loop is looked at, in milliseconds. */
const RESOLUTION_MS = 5;

/** A meter, from now on. */
export function createMeter(): Meter {
  const loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  loop.enable();
  let lateness: number[] = [];
  let cpu = process.cpuUsage();
  let start = performance.now();

  // What is recorded is the time from one look to the next.
  const late = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);

  return {
    probed: (latenessMs) => void lateness.push(latenessMs),
    read() {
      const now = performance.now();
      const { user, system } = process.cpuUsage(cpu);
      const reading: Reading = {
        seconds: (now - start) / 1_000,
        cpu: (user + system) / 10 / (now - start),
        loopP99: late(loop.percentile(99)),
        loopMax: late(loop.max),
        lateP50: percentile(lateness, 0.5),
        lateP99: percentile(lateness, 0.99),
        lateMax: percentile(lateness, 1),
        probes: lateness.length,
        rss: process.memoryUsage.rss() / 2 ** 20,
        sockets: process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length,
        load: loadavg()[0] ?? 0,
      };
      loop.reset();
      lateness = [];
      cpu = process.cpuUsage();
      start = now;
      return reading;
    },
    stop() {
      loop.disable();
    },
  };
}
