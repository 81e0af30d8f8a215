/** A `.cpuprofile`, as V8 writes it (the Profiler.Profile of the DevTools protocol), as far as it is read here. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  /** The node that ran, at each sample. */
  readonly samples: readonly number[];
  /** Microseconds from the sample before. */
  readonly timeDeltas: readonly number[];
}

/** How long a function itself ran, without what it called. */
export interface SelfTime {
  /** `parse at smooth-operator.js:123`, or `(garbage collector)`. */
  readonly name: string;
  readonly ms: number;
}

/**
 * The functions that ran longest, the longest first. Left out are the time in which nothing ran, and the profiler's own.
 *
 * @param most how many
 */
export function selfTimes(profile: CpuProfile, most: number): readonly SelfTime[] {
  const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const times = new Map<string, number>();
  for (const [index, id] of profile.samples.entries()) {
    const name = names.get(id) ?? '(unknown)';
    times.set(name, (times.get(name) ?? 0) + (profile.timeDeltas[index] ?? 0) / 1_000);
  }
  return [...times]
    .filter(([name]) => name !== '(idle)' && !name.includes('node:inspector'))
    .map(([name, ms]) => ({ name, ms }))
    .sort((a, b) => b.ms - a.ms)
    .slice(0, most);
}

function nameOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  return url === '' ? name : `${name} at ${url.replace(/^.*\//, '')}:${lineNumber + 1}`;
}
