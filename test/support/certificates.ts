import { createAuthority, issue, type KeyPair } from '../../src/runtime/certificates/certificate.ts';
import { type CertificateSet, type SecretObject, secretData } from '../../src/runtime/certificates/certificate-set.ts';
import type { Terms } from '../../src/runtime/certificates/renewal-plan.ts';
import { ownedBy } from '../../src/runtime/certificates/secret-owner.ts';
import { callPath, type WebhookConfiguration } from '../../src/runtime/certificates/webhook-configuration.ts';

/** Certificates for table tests: each starts from a sound set and says only what is different. */

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
/** When the sound set was made. */
export const MADE_AT = Date.UTC(2026, 0, 1);
export const NAME = 'webhook.system.svc';
export const TOKEN = 'abcdefghijklmnopqrstuvwxyz012345';

export const terms: Terms = { names: [NAME], leafMs: 90 * DAY, authorityMs: 3650 * DAY, overlapMs: HOUR };

/** A sound set. Makes keys, which takes some milliseconds. */
export function aSet(
  options: {
    readonly madeAt?: number;
    readonly leafMadeAt?: number;
    readonly leafMs?: number;
    readonly names?: readonly string[];
    readonly previous?: string;
    readonly authorityMs?: number;
    readonly callerToken?: string;
  } = {},
): CertificateSet {
  const { madeAt = MADE_AT, leafMadeAt = madeAt, names = [NAME], previous = '', callerToken = TOKEN } = options;
  const authority = createAuthority('ca', madeAt, options.authorityMs ?? terms.authorityMs);
  const subject = { commonName: NAME, dnsNames: names };
  const leaf = issue(authority, subject, leafMadeAt, options.leafMs ?? terms.leafMs);
  return { authority: pair(authority), previous, leaf, callerToken };
}

/** A Secret with a set in it, or with parts of its data replaced. It goes with the configuration of `aConfiguration`. */
export function aSecret(set: CertificateSet, data: Readonly<Record<string, string>> = {}): SecretObject {
  const replaced = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]);
  return {
    metadata: {
      name: 'cert',
      namespace: 'system',
      uid: 'uid-secret',
      resourceVersion: '7',
      ownerReferences: [ownedBy(aConfiguration())],
    },
    data: { ...secretData(set), ...Object.fromEntries(replaced) },
  };
}

/** A configuration with one webhook that trusts a bundle and calls a path. */
export function aConfiguration(
  bundle?: string,
  path?: string,
  hooks: readonly string[] = ['one'],
): WebhookConfiguration {
  const caBundle = bundle === undefined ? {} : { caBundle: Buffer.from(bundle).toString('base64') };
  return {
    metadata: { name: 'hooks', uid: 'uid-hooks', resourceVersion: '9' },
    webhooks: hooks.map((name) => ({
      name,
      clientConfig: { ...caBundle, service: path === undefined ? {} : { path } },
    })),
  };
}

/** A configuration that is as a set wants it. */
export function pointedAt(set: CertificateSet): WebhookConfiguration {
  return aConfiguration(set.authority.certificate + set.previous, callPath(set.callerToken));
}

function pair({ certificate, key }: KeyPair): KeyPair {
  return { certificate, key };
}
