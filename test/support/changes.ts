/**
 * What differs between two JSON values: the new value of every leaf that changed, was added or (undefined) was removed,
 * by its path with dots. Empty objects and lists are leaves.
 */
export function changesBetween(before: unknown, after: unknown): Readonly<Record<string, unknown>> {
  const old = leavesOf(before);
  const now = leavesOf(after);
  const changes: Record<string, unknown> = {};
  for (const path of new Set([...old.keys(), ...now.keys()])) {
    const value = now.get(path);
    if (JSON.stringify(old.get(path)) !== JSON.stringify(value)) changes[path] = value;
  }
  return changes;
}

function leavesOf(value: unknown, path = '', leaves = new Map<string, unknown>()): ReadonlyMap<string, unknown> {
  const entries = value !== null && typeof value === 'object' ? Object.entries(value) : [];
  if (entries.length === 0) leaves.set(path, value);
  for (const [key, field] of entries) {
    if (field !== undefined) leavesOf(field, path === '' ? key : `${path}.${key}`, leaves);
  }
  return leaves;
}
