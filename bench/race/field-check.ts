import type { FieldCheck } from './adapter.ts';

/**
 * The value of a field.
 *
 * @param path with dots; `conditions[Ready]` is the member of a list whose `type` is that
 * @returns undefined when it is not there
 */
export function fieldAt(object: unknown, path: string): unknown {
  let value: unknown = object;
  for (const [, name = '', type] of path.matchAll(/([^.[\]]+)(?:\[([^\]]+)\])?/g)) {
    value = isRecord(value) ? value[name] : undefined;
    if (type !== undefined) {
      value = Array.isArray(value) ? value.find((each) => isRecord(each) && each.type === type) : undefined;
    }
  }
  return value;
}

/** Whether all of them hold of an object. */
export function holds(checks: readonly FieldCheck[], object: unknown): boolean {
  return checks.every(({ path, equals }) => {
    const value = fieldAt(object, path);
    if (value === undefined || value === null) return false;
    if (equals === undefined) return true;
    return value === (equals === '{generation}' ? fieldAt(object, 'metadata.generation') : equals);
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
