/** A figure that was measured several times. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
}

/** @returns undefined when there is no value */
export function spreadOf(values: readonly number[]): Spread | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const [min] = sorted;
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) return undefined;
  const middle = (sorted.length - 1) / 2;
  const [below = min, above = max] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]];
  return { median: (below + above) / 2, min, max, count: sorted.length };
}

/** In words: `3.1`, or with what was measured around it: `3.1 (2.9–3.4)`. */
export function spreadText(spread: Spread, write: (value: number) => string): string {
  const [median, min, max] = [spread.median, spread.min, spread.max].map(write);
  return min === max ? `${median}` : `${median} (${min}–${max})`;
}
