import { cpus, loadavg, totalmem } from 'node:os';

/** Where a race was run: without it the figures say nothing. */
export interface Machine {
  readonly cores: number;
  readonly processor: string;
  /** In GiB. */
  readonly memory: number;
  readonly node: string;
  /** The load over one minute when the race began, before it added its own. */
  readonly load: number;
}

/** This one, now. */
export function thisMachine(): Machine {
  const all = cpus();
  return {
    cores: all.length,
    processor: all[0]?.model.trim() ?? 'unknown',
    memory: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
}

/** Above this load for each core, something else runs. */
const QUIET = 0.25;

/** What to tell before a race on a machine that has other things to do; undefined on a quiet one. */
export function disturbance({ cores, load }: Pick<Machine, 'cores' | 'load'>): string | undefined {
  if (load <= cores * QUIET) return undefined;
  return `The machine was not quiet: a load of ${load} on ${cores} cores. Times are worth little; ratios are worth more, from several runs.`;
}

/** In one line, for people. */
export function machineText({ cores, processor, memory, node, load }: Machine): string {
  return `${cores} cores (${processor}), ${memory} GiB, Node ${node}, load ${load} before it began`;
}
