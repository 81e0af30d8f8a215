import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import * as der from '../src/runtime/certificates/der.ts';
import { checksumIn } from './binaries/download.ts';
import { kubeconfig, readKubeconfig } from './kubeconfig.ts';
import { removal } from './node/iptables.ts';
import { mountsUnder } from './node/mounts.ts';
import { startTicks } from './process/identity.ts';

/** Tag, length and content of one DER value, by X.690 8.1; the whole input must be that value. */
function decode(value: Buffer): { tag: number; content: Buffer } {
  const first = value[1] ?? 0;
  const count = first & 0x80 ? first & 0x7f : 0;
  const length = count === 0 ? first : value.readUIntBE(2, count);
  const content = value.subarray(2 + count);
  assert.equal(content.length, length);
  return { tag: value[0] ?? 0, content };
}

test('whatever is encoded can be decoded, with the shortest length there is', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70_000, size: 'max' }), (bytes) => {
      const encoded = der.octets(bytes);
      const { tag, content } = decode(encoded);
      assert.equal(tag, 0x04);
      assert.deepEqual(content, Buffer.from(bytes));
      const lengthBytes = encoded.length - bytes.length - 1;
      assert.equal(lengthBytes, bytes.length < 128 ? 1 : bytes.length < 256 ? 2 : bytes.length < 65_536 ? 3 : 4);
    }),
    { numRuns: 50 },
  );
});

test('an integer keeps its value, whatever its first bit is', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 160n }), (value) => {
      const hex = value.toString(16);
      const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
      const { content } = decode(der.integer(bytes));
      assert.equal(BigInt.asIntN(content.length * 8, BigInt(`0x${content.toString('hex')}`)), value);
    }),
  );
});

test('an object identifier keeps its arcs', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 2 ** 28 }), { minLength: 1, maxLength: 8 }), (arcs) => {
      const { content } = decode(der.oid(['2', '5', ...arcs].join('.')));
      const decoded: number[] = [];
      let value = 0;
      for (const byte of content.subarray(1)) {
        value = value * 128 + (byte & 0x7f);
        if ((byte & 0x80) === 0) {
          decoded.push(value);
          value = 0;
        }
      }
      assert.deepEqual(decoded, arcs);
    }),
  );
});

test("a process' start is found, whatever it calls itself", () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(), (name, ticks) => {
      const rest = Array.from({ length: 18 }, (_, index) => index).join(' ');
      assert.equal(startTicks(`7 (${name}) S ${rest} ${ticks} 0 0`), String(ticks));
    }),
  );
});

const text = fc.string({ unit: 'grapheme', minLength: 1 });

test('a kubeconfig is read back as it was written, whatever is in it', () => {
  const credentials = fc.oneof(
    fc.record({ token: text }, { noNullPrototype: true }),
    fc.record({ certificate: text, key: text }, { noNullPrototype: true }),
  );
  fc.assert(
    fc.property(text, text, text, credentials, (server, ca, user, proof) => {
      assert.deepEqual(readKubeconfig(kubeconfig({ server, ca, user, credentials: proof })), {
        server,
        ca,
        credentials: proof,
      });
    }),
  );
});

test('a checksum is found in a list of any others, and only for its own file', () => {
  const name = fc.stringMatching(/^[a-z0-9.-]{1,20}$/);
  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 2, maxLength: 10 }), fc.nat(), (names, index) => {
      const sum = (file: string) => createHash('sha256').update(file).digest('hex');
      const list = names.map((file) => `${sum(file)}  ${file}`).join('\n');
      const wanted = names[index % names.length] ?? '';
      assert.equal(checksumIn(list, wanted), sum(wanted));
      assert.throws(() => checksumIn(list, 'not/in/the/list'));
    }),
  );
});

const rule = fc.oneof(
  fc.constantFrom(
    '-A INPUT -j ACCEPT',
    '-A FORWARD -i docker0 -j DOCKER',
    '-A DOCKER -p tcp -j DNAT',
    '-A CNI-abc -j RETURN',
  ),
  fc.constantFrom(
    '-A INPUT -j KUBE-FIREWALL',
    '-A KUBE-SERVICES -j KUBE-SVC-A',
    '-A POSTROUTING -m comment --comment smooth-operator -j MASQUERADE',
  ),
);

test('what the removal deletes is ours, and all that is ours; no chain of others is named', () => {
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 20 }), (rules) => {
      const saved = `*nat\n:INPUT ACCEPT [0:0]\n:DOCKER - [0:0]\n:KUBE-SERVICES - [0:0]\n${rules.join('\n')}\nCOMMIT\n`;
      const lines = removal(saved)?.split('\n') ?? [];
      const deleted = lines.filter((line) => line.startsWith('-D')).map((line) => line.replace('-D', '-A'));
      const ours = rules.filter((line) => !line.startsWith('-A KUBE-') && /KUBE-|smooth-operator/.test(line));
      assert.deepEqual(deleted, ours);
      for (const line of lines) assert.doesNotMatch(line, /DOCKER|CNI-/);
      assert.ok(lines.every((line) => !/^[:-][FX]? ?(INPUT|FORWARD|POSTROUTING)/.test(line)));
    }),
  );
});

test('a mount is unmounted before what it is mounted on, and none outside is', () => {
  const part = fc.constantFrom('a', 'b', 'state', 'state-2');
  const path = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => `/${parts.join('/')}`);
  fc.assert(
    fc.property(fc.array(path, { maxLength: 30 }), (points) => {
      // A mount is made after the one that it stands on.
      const made = points.toSorted((one, two) => one.length - two.length);
      const found = mountsUnder(made.map((point) => `1 2 0:1 / ${point} rw - tmpfs none rw`).join('\n'), ['/state']);
      assert.deepEqual(
        found.toSorted(),
        made.filter((point) => point === '/state' || point.startsWith('/state/')).toSorted(),
      );
      found.forEach((point, index) => {
        assert.ok(
          !found.slice(0, index).some((earlier) => point.startsWith(`${earlier}/`)),
          `${point} is on an earlier one`,
        );
      });
    }),
  );
});
