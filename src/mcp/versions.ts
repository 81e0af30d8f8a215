/** Revisions of MCP in which every request stands alone and carries its version (2026-07-28 and later), newest first. */
export const modernVersions: readonly string[] = ['2026-07-28'];

/** Revisions that begin with `initialize`, newest first. */
export const legacyVersions: readonly string[] = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'];

/** How a server is spoken to. */
export type Era = 'modern' | 'legacy' | 'http+sse';

/** What a probe of one image need not find out again. To be forgotten when the pod template changes. */
export interface Learnt {
  readonly era: Era;
  /** Of a modern server: whether it hands out sessions to clients of an earlier era. Default: not known yet. */
  readonly stateful?: boolean;
}

/** The newest modern revision that a server supports and we do. */
export function mutualModern(supported: readonly string[]): string | undefined {
  return modernVersions.find((version) => supported.includes(version));
}

/** The newest `initialize` revision that a server supports and we do. */
export function mutualLegacy(supported: readonly string[]): string | undefined {
  return legacyVersions.find((version) => supported.includes(version));
}
