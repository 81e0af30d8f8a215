import { readdir, readFile, readlink } from 'node:fs/promises';

/** What a process holds at one moment, as Linux counts it. */
export interface ProcessSample {
  /** Resident memory, in MiB. */
  readonly rssMiB: number;
  /** Open file descriptors, sockets among them. */
  readonly descriptors: number;
  readonly sockets: number;
}

/** Looks at a process. @throws Error when it is gone */
export async function sampleOf(pid: number): Promise<ProcessSample> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kib === undefined) throw new Error(`process ${pid} has no resident memory: it has ended`);
  const directory = `/proc/${pid}/fd`;
  const open = await Promise.all((await readdir(directory)).map((fd) => targetOf(`${directory}/${fd}`)));
  const targets = open.filter((target) => target !== undefined);
  return {
    rssMiB: Number(kib) / 1024,
    descriptors: targets.length,
    sockets: targets.filter((target) => target.startsWith('socket:')).length,
  };
}

/** @returns undefined when it was closed between two looks */
async function targetOf(link: string): Promise<string | undefined> {
  try {
    return await readlink(link);
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    throw thrown;
  }
}

/** How one quantity went. */
export interface Trend {
  readonly name: keyof ProcessSample;
  /** Typical (the median) of the middle and of the last third. */
  readonly middle: number;
  readonly last: number;
  readonly flat: boolean;
}

/** What may be added from the middle to the last third: what a collector of garbage and a pool of sockets do by themselves. */
const allowed: Readonly<Record<keyof ProcessSample, (middle: number) => number>> = {
  rssMiB: (middle) => Math.max(6, middle * 0.05),
  descriptors: () => 3,
  sockets: () => 3,
};

/**
 * Compares the last third with the one before: a leak goes on for ever, caches and pools fill and are full. The first
 * third is warm-up.
 *
 * @param samples in the order in which they were taken
 * @throws RangeError when there are too few to tell
 */
export function trendsOf(samples: readonly ProcessSample[]): readonly Trend[] {
  const third = Math.floor(samples.length / 3);
  if (third < 3) throw new RangeError(`${samples.length} samples tell nothing: 9 are the least`);
  const [middles, lasts] = [samples.slice(third, 2 * third), samples.slice(-third)];
  return (['rssMiB', 'descriptors', 'sockets'] as const).map((name) => {
    const middle = median(middles.map((sample) => sample[name]));
    const last = median(lasts.map((sample) => sample[name]));
    return { name, middle, last, flat: last <= middle + allowed[name](middle) };
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
