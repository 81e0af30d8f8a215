import { sameQuantity } from './quantity.ts';

/**
 * Whether a live object still holds everything that was wished for it.
 *
 * Only the wish's own leaves count: defaults that the API server filled in and fields of other managers (a sidecar,
 * `kubectl rollout restart`'s annotation) are not looked at. Lists of keyed elements are compared by key, as
 * server-side apply merges them; all other lists belong to one manager as a whole and must be equal.
 *
 * @param wish what was applied
 * @param live what the API server has
 * @returns the path of the first leaf that differs, or undefined when all are held
 */
export function firstDifference(wish: unknown, live: unknown, path = ''): string | undefined {
  if (live === undefined && isOmitted(wish)) return undefined;
  if (Array.isArray(wish)) return listDifference(wish, live, path);
  if (isRecord(wish)) {
    if (!isRecord(live)) return path;
    for (const [field, wished] of Object.entries(wish)) {
      if (wished === undefined) continue;
      const difference = firstDifference(wished, live[field], path === '' ? field : `${path}.${field}`);
      if (difference !== undefined) return difference;
    }
    return undefined;
  }
  return sameLeaf(wish, live, path) ? undefined : path;
}

function listDifference(wish: readonly unknown[], live: unknown, path: string): string | undefined {
  if (!Array.isArray(live)) return path;
  const key = mergeKeyOf(wish);
  if (key === undefined && wish.length !== live.length) return path;
  for (const [index, wished] of wish.entries()) {
    const held: unknown =
      key === undefined ? live[index] : live.find((item) => isRecord(item) && item[key] === fieldOf(wished, key));
    const label = key === undefined ? index : `${key}=${String(fieldOf(wished, key))}`;
    const difference = firstDifference(wished, held, `${path}[${label}]`);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/** Go's `omitempty`: the API server leaves a zero value out of what it stores and sends. */
function isOmitted(wish: unknown): boolean {
  if (wish === '' || wish === 0 || wish === undefined) return true;
  if (Array.isArray(wish)) return wish.length === 0;
  return isRecord(wish) && Object.keys(wish).length === 0;
}

/** The merge keys of the list types that we apply (KEP-555): owner references, ports, containers and env by name. */
const mergeKeys = ['uid', 'containerPort', 'name'] as const;

function mergeKeyOf(list: readonly unknown[]): string | undefined {
  return mergeKeys.find((key) => list.length > 0 && list.every((item) => fieldOf(item, key) !== undefined));
}

function fieldOf(value: unknown, field: string): unknown {
  return isRecord(value) ? value[field] : undefined;
}

function sameLeaf(wish: unknown, live: unknown, path: string): boolean {
  if (wish === live) return true;
  if (!isScalar(wish) || !isScalar(live)) return false;
  return /\.resources\.(limits|requests)\./.test(path) && sameQuantity(wish, live);
}

function isScalar(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
