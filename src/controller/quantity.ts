/**
 * Kubernetes quantities (`500m`, `1Gi`, `1e3`), compared by value. The API server rewrites what it is given to a
 * canonical form (`1000m` becomes `1`), so comparing text would see a difference for ever.
 */

const suffixes: Readonly<Record<string, readonly [base: bigint, exponent: number]>> = {
  n: [10n, -9],
  u: [10n, -6],
  m: [10n, -3],
  '': [10n, 0],
  k: [10n, 3],
  M: [10n, 6],
  G: [10n, 9],
  T: [10n, 12],
  P: [10n, 15],
  E: [10n, 18],
  Ki: [2n, 10],
  Mi: [2n, 20],
  Gi: [2n, 30],
  Ti: [2n, 40],
  Pi: [2n, 50],
  Ei: [2n, 60],
};

/**
 * A quantity in billionths, the finest step that Kubernetes keeps (finer parts are rounded up, as it does).
 *
 * @returns undefined when the text is not a quantity
 */
export function nanosOf(quantity: string | number): bigint | undefined {
  const match = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d{1,3})|([numkMGTPE]|[KMGTPE]i)?)$/.exec(String(quantity));
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent, suffix = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  const [base, power] = exponent === undefined ? (suffixes[suffix] ?? [10n, 0]) : [10n, Number(exponent)];
  let top = BigInt(whole + fraction) * 1_000_000_000n;
  let bottom = 10n ** BigInt(fraction.length);
  if (power >= 0) top *= base ** BigInt(power);
  else bottom *= base ** BigInt(-power);
  const nanos = (top + bottom - 1n) / bottom;
  return sign === '-' ? -nanos : nanos;
}

/** Whether two quantities have the same value; false when either is not a quantity. */
export function sameQuantity(a: string | number, b: string | number): boolean {
  const left = nanosOf(a);
  return left !== undefined && left === nanosOf(b);
}
