import type { Snapshot } from './snapshot.ts';

/** How pods are probed, once `Auto` has come to something. */
export type HealthType = 'HTTP' | 'TCP' | 'MCP';

/** `status.health`. */
export interface HealthInEffect {
  readonly type: HealthType;
  /** Set where `Auto` has become MCP: the image that showed it. */
  readonly image?: string;
}

/**
 * What `spec.health.type` comes to.
 *
 * `Auto` begins with `GET` on the path. When a pod answers MCP and does not serve the path, the server becomes `MCP`, for
 * good: the next image is not killed by a probe of a path that its predecessor did not have, and nothing ever flips back
 * and forth. Only the user's own change of `spec.health.type` undoes it.
 */
export function healthInEffect({ server, reports }: Snapshot): HealthInEffect {
  const { health, verify, image } = server.spec;
  if (health.type !== 'Auto') return { type: health.type };
  if (verify.disabled === true) return { type: 'HTTP' };
  const known = server.status?.health;
  if (known?.type === 'MCP' && known.image !== undefined) return { type: 'MCP', image: known.image };
  return reports.some(({ servesHealth }) => servesHealth === false) ? { type: 'MCP', image } : { type: 'HTTP' };
}
