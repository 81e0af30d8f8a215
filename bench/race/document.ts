/** Text between two markers of a document, which a program writes. */
export class MarkerError extends Error {
  override readonly name = 'MarkerError';
}

/**
 * A document with the text between `<!-- name:begin -->` and `<!-- name:end -->` replaced.
 *
 * @param document Markdown
 * @throws MarkerError when the markers are not there, once each and in this order
 */
export function replaceBetween(document: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  const isUnique = document.lastIndexOf(begin) === from && document.lastIndexOf(end) === to;
  if (from < 0 || to < from || !isUnique) {
    throw new MarkerError(`the document must have ${begin} and then ${end}, once each`);
  }
  return `${document.slice(0, from + begin.length)}\n\n${text.trim()}\n\n${document.slice(to)}`;
}
