/**
 * The few pieces of DER (ITU-T X.690) that an X.509 certificate is made of. Node signs but cannot write certificates,
 * and the `openssl` program is not on every machine.
 */

/**
 * One value with its tag and length.
 *
 * @param tag the identifier octet, e.g. 0x30 for a SEQUENCE
 */
export function encode(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
}

/** SEQUENCE. */
export function sequence(...parts: readonly Uint8Array[]): Buffer {
  return encode(0x30, ...parts);
}

/** SET. The caller gives one part, or parts that are in DER order. */
export function set(...parts: readonly Uint8Array[]): Buffer {
  return encode(0x31, ...parts);
}

/** `[number]` with a constructed value, as in `[0] EXPLICIT`. */
export function explicit(number: number, ...parts: readonly Uint8Array[]): Buffer {
  return encode(0xa0 | number, ...parts);
}

/** `[number] IMPLICIT` of a primitive type. */
export function implicit(number: number, content: Uint8Array): Buffer {
  return encode(0x80 | number, content);
}

/**
 * INTEGER, not negative.
 *
 * @param bytes big-endian; leading zeros are dropped, and one is put back where the first bit would mean "negative"
 */
export function integer(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? Buffer.from([0]) : Buffer.from(bytes.subarray(first));
  return encode(0x02, (digits[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), digits]) : digits);
}

/** BOOLEAN TRUE. FALSE is never written: it is the default wherever it could stand. */
export const yes: Buffer = encode(0x01, Buffer.from([0xff]));

/** OCTET STRING. */
export function octets(content: Uint8Array): Buffer {
  return encode(0x04, content);
}

/** BIT STRING. @param unusedBits how many bits at the end do not count */
export function bits(content: Uint8Array, unusedBits = 0): Buffer {
  return encode(0x03, Buffer.from([unusedBits]), content);
}

/** UTF8String. */
export function utf8(text: string): Buffer {
  return encode(0x0c, Buffer.from(text, 'utf8'));
}

/** OBJECT IDENTIFIER. @param dotted e.g. `2.5.4.3` */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return encode(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** A moment, to the second: UTCTime until 2049, GeneralizedTime from 2050 on, as RFC 5280 4.1.2.5 asks. */
export function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '');
  return digits < '2050' ? encode(0x17, Buffer.from(digits.slice(2))) : encode(0x18, Buffer.from(digits));
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

/** Seven bits an octet, the first bit set on all but the last. */
function base128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}
