/** What Kubernetes 1.35 and later promise (KEP-5504): a positive integer of any length, without leading zeros. */
const comparable = /^[1-9][0-9]*$/;

/**
 * Which of two resourceVersions of one resource is newer.
 *
 * Before Kubernetes 1.35 they were opaque by contract, though etcd's have always been such integers. An aggregated API
 * server may still use anything.
 *
 * @returns negative when `a` is older, 0 when they are the same, positive when `a` is newer; undefined when the two
 *   cannot be compared: then only equality means something
 */
export function compareVersions(a: string, b: string): number | undefined {
  if (a === b) return 0;
  if (!comparable.test(a) || !comparable.test(b)) return undefined;
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : 1;
}

/**
 * True when what carries version `a` shall replace what carries `b`: it is newer, or differs and nobody can tell.
 */
export function supersedes(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return true;
  const order = compareVersions(a, b);
  return order === undefined ? a !== b : order > 0;
}
