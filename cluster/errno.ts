/**
 * The errno name of a system error.
 *
 * @param thrown whatever was caught
 * @returns for example `ENOENT`; undefined for anything else, Node's own codes (`ERR_…`) among it
 */
export function errnoOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const code: unknown = Reflect.get(thrown, 'code');
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}
