/**
 * Whether an image reference may be another image tomorrow.
 *
 * @param image valid by the schema: `[host[:port]/]path[:tag][@digest]`
 * @returns `latest` or `none` for the tag that says so; undefined for a digest or any other tag
 */
export function movingTag(image: string): 'latest' | 'none' | undefined {
  if (image.includes('@')) return undefined;
  const last = image.slice(image.lastIndexOf('/') + 1);
  const colon = last.indexOf(':');
  if (colon < 0) return 'none';
  return last.slice(colon + 1) === 'latest' ? 'latest' : undefined;
}
