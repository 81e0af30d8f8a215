import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { BACKDATE_MS, type KeyPair } from './certificate.ts';

/**
 * A certificate from a text that anybody may have edited.
 *
 * @param pem one certificate
 * @returns undefined when it is not one
 */
export function parseCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch (thrown) {
    if (isCryptoError(thrown)) return undefined;
    throw thrown;
  }
}

/**
 * The certificates of a bundle, in their order.
 *
 * @param pem any text; what is not a certificate is left out, as TLS libraries do
 */
export function parseBundle(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  return blocks.flatMap((block) => parseCertificate(block) ?? []);
}

/** The first certificate of a pair whose key belongs to it; undefined for everything else. */
export function parsePair({ certificate, key }: KeyPair): X509Certificate | undefined {
  const [parsed] = parseBundle(certificate);
  if (parsed === undefined) return undefined;
  try {
    return parsed.checkPrivateKey(createPrivateKey(key)) ? parsed : undefined;
  } catch (thrown) {
    if (isCryptoError(thrown)) return undefined;
    throw thrown;
  }
}

/** True when one of the authorities has signed it. */
export function isTrusted(leaf: X509Certificate, authorities: readonly X509Certificate[]): boolean {
  return authorities.some(
    (authority) => authority.ca && leaf.checkIssued(authority) && leaf.verify(authority.publicKey),
  );
}

/** @param nowMs milliseconds since the epoch */
export function isExpired(certificate: X509Certificate, nowMs: number): boolean {
  return nowMs >= certificate.validToDate.getTime();
}

/** Another machine's clock made it: it holds for nobody yet. */
export function isNotYetValid(certificate: X509Certificate, nowMs: number): boolean {
  return nowMs < certificate.validFromDate.getTime();
}

/** When it was made, in milliseconds since the epoch: certificates of ours begin a little earlier. */
export function madeAt(certificate: X509Certificate): number {
  return certificate.validFromDate.getTime() + BACKDATE_MS;
}

/**
 * When it is to be replaced: after two thirds of its life, as the kubelet and cert-manager do. The last third is for
 * whatever keeps the replacement from happening.
 *
 * @returns milliseconds since the epoch
 */
export function renewAt(certificate: X509Certificate): number {
  const from = madeAt(certificate);
  return from + ((certificate.validToDate.getTime() - from) * 2) / 3;
}

/** True when clients that call it by any of these names will find the name in it. */
export function hasNames(certificate: X509Certificate, names: readonly string[]): boolean {
  return names.every((name) => (isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined);
}

/** What OpenSSL throws for a text that is not what it should be; the message may quote the text, so it is not kept. */
function isCryptoError(thrown: unknown): boolean {
  const code: unknown = thrown instanceof Error ? Reflect.get(thrown, 'code') : undefined;
  return typeof code === 'string' && code.startsWith('ERR_');
}
