/**
 * A value with `{name}` and the like filled in, in every text of it, however deep. What is not among the values stays.
 *
 * @param value JSON
 */
export function fill<T>(value: T, values: Readonly<Record<string, string | number>>): T {
  if (typeof value === 'string') {
    return value.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole)) as T;
  }
  if (Array.isArray(value)) return value.map((each) => fill(each, values)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, fill(each, values)])) as T;
}
