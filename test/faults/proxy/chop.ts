/**
 * Bytes in pieces.
 *
 * @param size of each piece; `utf8`: cut within each character of more than one byte, and in the middle when there is
 *   none, so that the text is cut in any case
 */
export function chop(bytes: Buffer, size: number | 'utf8'): readonly Buffer[] {
  if (size === 'utf8') return cutAt(bytes, withinCharacters(bytes));
  const cuts = Array.from({ length: Math.ceil(bytes.length / size) - 1 }, (_, index) => (index + 1) * size);
  return cutAt(bytes, cuts);
}

/** Right before each continuation byte (10xxxxxx). */
function withinCharacters(bytes: Buffer): readonly number[] {
  const cuts: number[] = [];
  for (const [at, byte] of bytes.entries()) if ((byte & 0b1100_0000) === 0b1000_0000) cuts.push(at);
  return cuts.length > 0 ? cuts : [Math.floor(bytes.length / 2)];
}

function cutAt(bytes: Buffer, cuts: readonly number[]): readonly Buffer[] {
  const ends = [...cuts, bytes.length];
  return ends
    .map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end))
    .filter(({ length }) => length > 0);
}
