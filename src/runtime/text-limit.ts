/**
 * Text that takes at most so many bytes in UTF-8, cut between characters and ended with `…` when it was longer.
 *
 * @param maxBytes at least 3, the size of the ellipsis
 */
export function limitBytes(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= maxBytes) return text;
  let end = maxBytes - 3;
  // A byte of the form 10xxxxxx continues a character: go back to where one begins.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return `${bytes.toString('utf8', 0, end)}…`;
}
