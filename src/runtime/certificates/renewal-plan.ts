import { isExpired, madeAt, parseBundle, parseCertificate, renewAt } from './certificate-look.ts';
import {
  authorityFault,
  type CertificateSet,
  isToken,
  leafFault,
  type SecretObject,
  setIn,
} from './certificate-set.ts';
import { isOwnedBy } from './secret-owner.ts';
import { bundleOf, callPath, pointsTo, type WebhookConfiguration } from './webhook-configuration.ts';

/** What is wanted of the certificates. */
export interface Terms {
  /** DNS names and addresses that the server is called by. */
  readonly names: readonly string[];
  /** How long a leaf is good for, in milliseconds. Default 90 days: renewed after 60. */
  readonly leafMs: number;
  /** How long an authority is good for, in milliseconds. Default ten years. */
  readonly authorityMs: number;
  /**
   * How long an authority is trusted after it was replaced, in milliseconds. Default one hour: every replica has changed
   * its leaf, and every API server its idea of the configuration, within seconds.
   */
  readonly overlapMs: number;
}

/** What the next step depends on. */
export interface Sight {
  /** The wall clock, in milliseconds since the epoch. */
  readonly now: number;
  /** As the API server has it; undefined when there is none. */
  readonly secret: SecretObject | undefined;
  /** Undefined when there is none, or none is looked after. */
  readonly configuration: WebhookConfiguration | undefined;
  /** Since when there is none any more, in the same milliseconds; undefined while there is one, or when there never was. */
  readonly goneSince?: number | undefined;
}

/** The next thing to do. Each leads to another look. */
export type RenewalStep =
  /** A new authority and leaf, into the Secret. `previous`: what stays trusted for a while, PEM. */
  | {
      readonly kind: 'found';
      readonly previous: string;
      readonly callerToken: string | undefined;
      readonly why: string;
    }
  /** A new leaf of the same authority. */
  | { readonly kind: 'issue'; readonly set: CertificateSet; readonly why: string }
  /** The Secret, with these parts corrected. */
  | { readonly kind: 'correct'; readonly set: CertificateSet; readonly why: string }
  | {
      readonly kind: 'point';
      readonly configuration: WebhookConfiguration;
      readonly bundle: string;
      readonly path: string;
    }
  /** The Secret as it is, with the configuration as its owner. */
  | {
      readonly kind: 'adopt';
      readonly set: CertificateSet;
      readonly configuration: WebhookConfiguration;
      readonly why: string;
    }
  /** Nothing, until something changes or this time comes, in milliseconds since the epoch. */
  | { readonly kind: 'wait'; readonly until: number };

/** Few are enough: each is trusted for an hour after its end. */
const MAX_PREVIOUS = 3;

/**
 * How long a configuration has to be gone before a Secret is made without it, in milliseconds. When the operator is
 * uninstalled, the configuration goes first, the Secret with it, and the operator last: it has to be gone by then, so this
 * is longer than its grace period. Somebody who removed the configuration alone waits so long for a Secret, which metrics
 * may need, and new pods to become ready.
 */
const FAREWELL_MS = 120_000;

/**
 * What to do next so that the certificates are sound and the API server trusts them. Pure, so every state that a crash,
 * an expired certificate or an editor can leave behind is a row of a table.
 *
 * The Secret is written first. That breaks no call: nobody serves a new leaf before the configuration trusts it
 * (`served-leaf.ts`).
 */
export function nextRenewal({ now, secret, configuration, goneSince }: Sight, terms: Terms): RenewalStep {
  const trusted = configuration?.webhooks?.map(bundleOf) ?? [];
  if (secret === undefined) {
    const until = (goneSince ?? Number.NEGATIVE_INFINITY) + FAREWELL_MS;
    if (now < until) return { kind: 'wait', until };
    return { kind: 'found', previous: stillGood(trusted, now), callerToken: undefined, why: 'there is no Secret' };
  }
  const set = setIn(secret);
  const callerToken = isToken(set.callerToken) ? set.callerToken : undefined;
  const broken = authorityFault(set, now);
  if (broken !== undefined) {
    const previous = stillGood([set.authority.certificate, set.previous, ...trusted], now);
    return { kind: 'found', previous, callerToken, why: broken };
  }
  const worn = leafFault(set, terms.names, now);
  if (worn !== undefined) return { kind: 'issue', set, why: worn };
  if (callerToken === undefined)
    return { kind: 'correct', set: { ...set, callerToken: '' }, why: 'there is no caller token' };

  const authority = parseCertificate(set.authority.certificate);
  const leaf = parseCertificate(set.leaf.certificate);
  if (authority === undefined || leaf === undefined) throw new Error('a sound set cannot be read: a bug');
  const overlapEnds = madeAt(authority) + terms.overlapMs;
  const previous = now >= overlapEnds ? '' : stillGood([set.previous], now);
  if (previous !== set.previous) {
    return { kind: 'correct', set: { ...set, previous }, why: 'nothing is left of the previous authority' };
  }

  const bundle = authority.toString() + previous;
  const path = callPath(callerToken);
  if (configuration !== undefined && !pointsTo(configuration, bundle, path)) {
    return { kind: 'point', configuration, bundle, path };
  }
  // Last: an admission plugin may refuse it, and calls go through without.
  if (configuration !== undefined && !isOwnedBy(secret, configuration)) {
    return { kind: 'adopt', set, configuration, why: 'it is to go with the webhook configuration' };
  }
  const times = [renewAt(authority), renewAt(leaf), ...(previous === '' ? [] : [overlapEnds])];
  return { kind: 'wait', until: Math.min(...times) };
}

/** The authorities among some texts that are worth trusting for a while longer, newest first, each once; PEM. */
function stillGood(bundles: readonly string[], now: number): string {
  const sound = bundles.flatMap(parseBundle).filter((certificate) => certificate.ca && !isExpired(certificate, now));
  const distinct = [...new Map(sound.map((certificate) => [certificate.fingerprint256, certificate])).values()];
  return distinct
    .sort((a, b) => madeAt(b) - madeAt(a))
    .slice(0, MAX_PREVIOUS)
    .map(String)
    .join('');
}
