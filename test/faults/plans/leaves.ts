/** Every value of a document that is neither an object nor an array, by its JSON pointer. */
export function leavesOf(document: unknown): ReadonlyMap<string, unknown> {
  const leaves = new Map<string, unknown>();
  collect(document, '', leaves);
  return leaves;
}

function collect(value: unknown, path: string, leaves: Map<string, unknown>): void {
  if (typeof value !== 'object' || value === null) {
    leaves.set(path, value);
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    collect(inner, `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, leaves);
  }
}
