import type { KeyPair } from './certificate.ts';
import { isExpired, isNotYetValid, isTrusted, parseBundle, parsePair } from './certificate-look.ts';

/** What the choice of the leaf depends on. */
export interface Offer {
  /** The wall clock, in milliseconds since the epoch. */
  readonly now: number;
  /** What is served now. */
  readonly serving: KeyPair | undefined;
  /** What the Secret holds. */
  readonly offered: KeyPair | undefined;
  /** What each webhook trusts, PEM. Empty when nobody is known to call, so that nobody has to be waited for. */
  readonly bundles: readonly string[];
  /** Since when the bundles are as they are, if they trust what is offered, in the same milliseconds; else undefined. */
  readonly trustedSince: number | undefined;
  /** How long an API server may lag behind the configuration that we see, in milliseconds. */
  readonly graceMs: number;
}

/** What to serve, and when to ask again. */
export interface Choice {
  readonly serve: KeyPair | undefined;
  /** In milliseconds since the epoch. Undefined: when something changes. */
  readonly askAgainAt?: number;
}

/**
 * Which leaf to serve. A new one is not served before the API server trusts its authority, nor for a moment after: it
 * reads configurations from a cache of its own. So a rotation fails no call.
 */
export function chooseLeaf({ now, serving, offered, bundles, trustedSince, graceMs }: Offer): Choice {
  const leaf = offered && parsePair(offered);
  if (offered === undefined || leaf === undefined || isExpired(leaf, now) || isNotYetValid(leaf, now)) {
    return { serve: serving };
  }
  const current = serving && parsePair(serving);
  if (current === undefined || isExpired(current, now) || bundles.length === 0) return { serve: offered };
  if (offered.certificate === serving?.certificate) return { serve: serving };
  if (trustedSince === undefined) return { serve: serving };
  // What is served is not trusted any more: it cannot get worse.
  if (!trustsAll(bundles, serving)) return { serve: offered };
  const from = trustedSince + graceMs;
  return now >= from ? { serve: offered } : { serve: serving, askAgainAt: from };
}

/** True when every one of some bundles trusts a leaf. */
export function trustsAll(bundles: readonly string[], pair: KeyPair | undefined): boolean {
  const leaf = pair && parsePair(pair);
  return leaf !== undefined && bundles.every((bundle) => isTrusted(leaf, parseBundle(bundle)));
}
