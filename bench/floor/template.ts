/** A text with gaps. */
export interface Template<Gap extends string> {
  /** The text with each gap filled. Values are put in as they are. */
  fill(values: Readonly<Record<Gap, string>>): string;
}

/**
 * Cuts a text at its marks once, so that filling it is no more than joining.
 *
 * @param marks what stands in each gap; none may contain another
 */
export function createTemplate<Gap extends string>(text: string, marks: Readonly<Record<Gap, string>>): Template<Gap> {
  const gapOf = new Map(Object.entries<string>(marks).map(([gap, mark]) => [mark, gap as Gap]));
  const pattern = new RegExp(`(${[...gapOf.keys()].map((mark) => RegExp.escape(mark)).join('|')})`);
  // Every other piece is a mark.
  const pieces = text.split(pattern);
  const gaps = pieces.map((piece, index) => (index % 2 === 1 ? gapOf.get(piece) : undefined));
  return {
    fill(values) {
      let filled = '';
      for (const [index, piece] of pieces.entries()) {
        const gap = gaps[index];
        filled += gap === undefined ? piece : values[gap];
      }
      return filled;
    },
  };
}
