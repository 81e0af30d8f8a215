/** One figure of the benchmark, and whether it is as it should be. */
export interface Figure {
  readonly what: string;
  readonly value: string;
  /** What it should be, in words. Undefined: it is for information. */
  readonly wanted?: string;
  readonly met?: boolean;
}

/** The figures as lines of text, in columns. */
export function table(figures: readonly Figure[]): string {
  const width = (of: (figure: Figure) => string) => Math.max(0, ...figures.map((figure) => of(figure).length));
  const [first, second] = [width(({ what }) => what), width(({ value }) => value)];
  return figures
    .map(({ what, value, wanted, met }) => {
      const verdict = wanted === undefined ? '' : `  ${met === true ? 'met' : 'MISSED'} (wanted: ${wanted})`;
      return `  ${what.padEnd(first)}  ${value.padStart(second)}${verdict}`;
    })
    .join('\n');
}
