/**
 * Somebody else's sentence, fit to stand in ours: one line, bounded, without its full stop.
 *
 * A status whose message is longer than the schema allows is refused as a whole. And half a character at the cut would
 * be stored as U+FFFD: the status in the cluster would never be equal to ours, and be written again for ever.
 *
 * @param text what a kubelet, a webhook or a server said; absent and empty become "no reason given"
 * @param max in UTF-16 units
 */
export function words(text: string | undefined, max = 400): string {
  const line = (text ?? '').replace(/\s+/g, ' ').trim().replace(/\.$/, '').toWellFormed();
  if (line === '') return 'no reason given';
  return line.length <= max ? line : `${line.slice(0, max).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
