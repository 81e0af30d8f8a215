import type { EndState, Json } from './end-state.ts';

/** One place in which two end states differ. */
export interface Difference {
  /** `Deployment/weather spec.replicas`. */
  readonly path: string;
  readonly expected: Json | undefined;
  readonly found: Json | undefined;
}

/**
 * Where two end states differ, leaf by leaf; an object that is missing is one difference.
 *
 * @param masked paths that do not count
 */
export function differencesOf(
  expected: EndState,
  found: EndState,
  masked: ReadonlySet<string> = new Set(),
): readonly Difference[] {
  const keys = new Set([...Object.keys(expected), ...Object.keys(found)]);
  return [...keys].sort().flatMap((key) => compare(key, expected[key], found[key], masked));
}

function compare(
  path: string,
  expected: Json | undefined,
  found: Json | undefined,
  masked: ReadonlySet<string>,
): readonly Difference[] {
  if (masked.has(path)) return [];
  if (!isObject(expected) || !isObject(found)) {
    return JSON.stringify(expected) === JSON.stringify(found) ? [] : [{ path, expected, found }];
  }
  const keys = new Set([...Object.keys(expected), ...Object.keys(found)]);
  const inner = (key: string) => (path.includes(' ') ? `${path}.${key}` : `${path} ${key}`);
  return [...keys].sort().flatMap((key) => compare(inner(key), fieldOf(expected, key), fieldOf(found, key), masked));
}

type Branch = { readonly [field: string]: Json } | readonly Json[];

function isObject(value: Json | undefined): value is Branch {
  return typeof value === 'object' && value !== null;
}

function fieldOf(value: Branch, key: string): Json | undefined {
  return (value as { readonly [field: string]: Json })[key];
}

/** A difference as a person reads it. */
export function describeDifference({ path, expected, found }: Difference): string {
  return `${path} is ${shown(found)} and should be ${shown(expected)}`;
}

function shown(value: Json | undefined): string {
  if (value === undefined) return 'not there';
  const text = JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
