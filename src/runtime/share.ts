/**
 * A value in which whatever the other one has too, at the same place, is the other's: objects, lists and texts that are
 * equal are in memory once. Thousands of Deployments that one operator made differ in little more than names and times,
 * and an update differs from what it replaces in little more than its version.
 *
 * Only what is equal to the letter is shared, the order of fields included, so nobody can tell the result from the value.
 *
 * @param value as it was parsed: plain data that nobody else has. Its own fields are replaced; what is frozen is left alone
 * @param other plain data that does not change any more
 * @returns the other one where all of it is equal; else the value
 */
export function shared<T>(value: T, other: unknown): T {
  if (value === other) return other as T;
  if (!isContainer(value) || !isContainer(other)) return value;
  if (Array.isArray(value) !== Array.isArray(other)) return value;
  const fields = Object.keys(value);
  const others = Object.keys(other);
  let isEqual = fields.length === others.length;
  const writable: Record<string, unknown> | undefined = Object.isFrozen(value) ? undefined : value;
  for (const [index, field] of fields.entries()) {
    isEqual &&= others[index] === field;
    if (!Object.hasOwn(other, field)) continue;
    const theirs = other[field];
    const ours = shared(value[field], theirs);
    if (ours !== theirs) isEqual = false;
    if (writable !== undefined) writable[field] = ours;
  }
  return isEqual ? (other as T) : value;
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
