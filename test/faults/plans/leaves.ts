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

/** Changes with every write, so it says nothing about what was written. */
const bookkeeping = /^\/metadata\/(?:resourceVersion|managedFields|generation)\b/;

/** Where two objects differ, as JSON pointers; what the API server counts by itself is left out. */
export function changedLeaves(before: unknown, after: unknown): ReadonlySet<string> {
  const [old, now] = [leavesOf(before), leavesOf(after)];
  const paths = new Set([...old.keys(), ...now.keys()]);
  return new Set([...paths].filter((path) => !bookkeeping.test(path) && old.get(path) !== now.get(path)));
}
