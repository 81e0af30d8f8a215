import type { X509Certificate } from 'node:crypto';
import type { KubeObject } from '../object.ts';
import type { KeyPair } from './certificate.ts';
import { hasNames, isExpired, isNotYetValid, isTrusted, parseBundle, parsePair, renewAt } from './certificate-look.ts';

/** A Secret with its values, as the API server has it. */
export type SecretObject = KubeObject & { readonly data?: Readonly<Record<string, string>> };

/** Everything that the Secret keeps. All PEM, but for the token. */
export interface CertificateSet {
  /** Signs the leaves. */
  readonly authority: KeyPair;
  /** Certificates of earlier authorities, which are trusted for a while longer. May be empty. */
  readonly previous: string;
  /** What is served. */
  readonly leaf: KeyPair;
  /** What the API server shows, in the path of its calls, and nobody else knows. */
  readonly callerToken: string;
}

/** Where each part is in the Secret. `tls.crt`, `tls.key` and `ca.crt` are where everybody looks for them. */
const keys = {
  authority: 'ca.crt',
  authorityKey: 'ca.key',
  previous: 'previous-ca.crt',
  leaf: 'tls.crt',
  leafKey: 'tls.key',
  callerToken: 'caller-token',
} as const;

/** The `data` of the Secret. */
export function secretData(set: CertificateSet): Readonly<Record<string, string>> {
  const encode = (text: string) => Buffer.from(text, 'utf8').toString('base64');
  return {
    [keys.authority]: encode(set.authority.certificate),
    [keys.authorityKey]: encode(set.authority.key),
    [keys.previous]: encode(set.previous),
    [keys.leaf]: encode(set.leaf.certificate),
    [keys.leafKey]: encode(set.leaf.key),
    [keys.callerToken]: encode(set.callerToken),
  };
}

/** What a Secret holds, right or wrong: what is missing is empty. */
export function setIn(secret: SecretObject): CertificateSet {
  const read = (key: string) => Buffer.from(secret.data?.[key] ?? '', 'base64').toString('utf8');
  return {
    authority: { certificate: read(keys.authority), key: read(keys.authorityKey) },
    previous: read(keys.previous),
    leaf: { certificate: read(keys.leaf), key: read(keys.leafKey) },
    callerToken: read(keys.callerToken),
  };
}

/**
 * What is wrong with the authority of a set.
 *
 * @param nowMs milliseconds since the epoch
 * @returns undefined when leaves can be signed with it for a good while
 */
export function authorityFault({ authority }: CertificateSet, nowMs: number): string | undefined {
  const certificate = parsePair(authority);
  if (certificate === undefined) return 'the authority is missing, unreadable, or its key is another';
  if (!certificate.ca) return 'the authority is no authority';
  if (isNotYetValid(certificate, nowMs)) return 'the authority is not valid yet';
  return dueOrExpired('the authority', certificate, nowMs);
}

/**
 * What is wrong with the leaf of a set whose authority is sound.
 *
 * @param names that it is called by
 * @param nowMs milliseconds since the epoch
 */
export function leafFault(set: CertificateSet, names: readonly string[], nowMs: number): string | undefined {
  const certificate = parsePair(set.leaf);
  if (certificate === undefined) return 'the certificate is missing, unreadable, or its key is another';
  if (!isTrusted(certificate, parseBundle(set.authority.certificate))) return 'the certificate is of another authority';
  if (!hasNames(certificate, names)) return `the certificate is not for ${names.join(', ')}`;
  if (isNotYetValid(certificate, nowMs)) return 'the certificate is not valid yet';
  return dueOrExpired('the certificate', certificate, nowMs);
}

/** A token that a stranger cannot guess: 128 bits at least, in letters that stand in a path as they are. */
export function isToken(text: string): boolean {
  return /^[a-z0-9]{32,128}$/.test(text);
}

function dueOrExpired(what: string, certificate: X509Certificate, nowMs: number): string | undefined {
  if (isExpired(certificate, nowMs)) return `${what} has expired`;
  return nowMs >= renewAt(certificate) ? `${what} has two thirds of its life behind it` : undefined;
}
