import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';
import * as der from './der.ts';

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** An authority can sign others. */
export interface Authority extends KeyPair {
  readonly commonName: string;
}

/** What a certificate is for. */
export interface Subject {
  /** CN: the user name, where Kubernetes authenticates by it. */
  readonly commonName: string;
  /** O: the groups, likewise. Default: none. */
  readonly organizations?: readonly string[];
  /** Names that a server answers to. Default: none. */
  readonly dnsNames?: readonly string[];
  /** IPv4 addresses that a server answers to. Default: none. */
  readonly addresses?: readonly string[];
}

const day = 86_400_000;

/** A machine's clock may be a little behind the one that signed: so much before now a certificate begins, in milliseconds. */
export const BACKDATE_MS = 3_600_000;
const ecdsaWithSha256 = der.sequence(der.oid('1.2.840.10045.4.3.2'));

/**
 * A new self-signed authority.
 *
 * @param nowMs the wall clock, in milliseconds since the epoch
 * @param lifetimeMs how long it is good for, from now on. Default: ten years
 */
export function createAuthority(commonName: string, nowMs: number, lifetimeMs = 3650 * day): Authority {
  const key = newKey();
  const extensions = [
    extension('2.5.29.19', der.sequence(der.yes), true), // basicConstraints: CA
    extension('2.5.29.15', der.bits(Buffer.from([0b0000_0110]), 1), true), // keyUsage: keyCertSign, cRLSign
    extension('2.5.29.14', der.octets(keyIdOf(key))),
  ];
  const certificate = write({
    issuer: { commonName },
    signer: key,
    subject: { commonName },
    key,
    extensions,
    nowMs,
    lifetimeMs,
  });
  return { commonName, certificate, key };
}

/**
 * A certificate for a server, a client or both. Signed with ECDSA on P-256.
 *
 * @param nowMs the wall clock, in milliseconds since the epoch
 * @param lifetimeMs how long it is good for, from now on. Default: one year
 */
export function issue(authority: Authority, subject: Subject, nowMs: number, lifetimeMs = 365 * day): KeyPair {
  const key = newKey();
  const names = [
    ...(subject.dnsNames ?? []).map((name) => der.implicit(2, Buffer.from(name, 'ascii'))),
    ...(subject.addresses ?? []).map((address) => der.implicit(7, addressBytes(address))),
  ];
  const extensions = [
    extension('2.5.29.15', der.bits(Buffer.from([0b1000_0000]), 7), true), // keyUsage: digitalSignature
    // extKeyUsage: serverAuth and clientAuth. The kubelet and the API server are both.
    extension('2.5.29.37', der.sequence(der.oid('1.3.6.1.5.5.7.3.1'), der.oid('1.3.6.1.5.5.7.3.2'))),
    extension('2.5.29.35', der.sequence(der.implicit(0, keyIdOf(authority.key)))),
    ...(names.length === 0 ? [] : [extension('2.5.29.17', der.sequence(...names))]),
  ];
  const issuer = { commonName: authority.commonName };
  return { certificate: write({ issuer, signer: authority.key, subject, key, extensions, nowMs, lifetimeMs }), key };
}

/** A new private key for signing service account tokens, PEM. */
export function newKey(): string {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'sec1', format: 'pem' })
    .toString();
}

/** The public half of a private key, PEM. */
export function publicKeyOf(key: string): string {
  return createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
}

interface Contents {
  readonly issuer: Subject;
  readonly signer: string;
  readonly subject: Subject;
  readonly key: string;
  readonly extensions: readonly Buffer[];
  readonly nowMs: number;
  readonly lifetimeMs: number;
}

/** RFC 5280 4.1: the to-be-signed part, how it was signed, the signature. */
function write({ issuer, signer, subject, key, extensions, nowMs, lifetimeMs }: Contents): string {
  const body = der.sequence(
    der.explicit(0, der.integer(Buffer.from([2]))), // version 3
    der.integer(randomBytes(16)),
    ecdsaWithSha256,
    name(issuer),
    der.sequence(der.time(nowMs - BACKDATE_MS), der.time(nowMs + lifetimeMs)),
    name(subject),
    publicKeyBytes(key),
    der.explicit(3, der.sequence(...extensions)),
  );
  const signature = sign('sha256', body, createPrivateKey(signer));
  return pem('CERTIFICATE', der.sequence(body, ecdsaWithSha256, der.bits(signature)));
}

function name(subject: Subject): Buffer {
  const attribute = (type: string, value: string) => der.set(der.sequence(der.oid(type), der.utf8(value)));
  const organizations = (subject.organizations ?? []).map((value) => attribute('2.5.4.10', value));
  return der.sequence(...organizations, attribute('2.5.4.3', subject.commonName));
}

function extension(type: string, value: Buffer, critical = false): Buffer {
  return der.sequence(der.oid(type), ...(critical ? [der.yes] : []), der.octets(value));
}

function publicKeyBytes(key: string): Buffer {
  return createPublicKey(key).export({ type: 'spki', format: 'der' });
}

/** RFC 7093, method 1 in spirit: any stable digest of the key will do, it only ties a leaf to its issuer. */
function keyIdOf(key: string): Buffer {
  return createHash('sha256').update(publicKeyBytes(key)).digest().subarray(0, 20);
}

function addressBytes(address: string): Buffer {
  if (!isIPv4(address)) throw new RangeError(`not an IPv4 address: ${JSON.stringify(address)}`);
  return Buffer.from(address.split('.').map(Number));
}

function pem(label: string, content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
