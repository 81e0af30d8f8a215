import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isPodAddress, noDial } from './pod-address.ts';

describe('the address of a pod', () => {
  for (const address of ['10.0.0.1', '192.168.1.1', '172.16.0.9', '100.64.0.1', '8.8.8.8', 'fd00::1', '2001:db8::7']) {
    test(`${address} may be one`, () => assert.equal(isPodAddress(address), true));
  }

  const never = [
    ...['127.0.0.1', '127.9.9.9', '0.0.0.0', '0.1.2.3', '169.254.169.254', '224.0.0.1', '255.255.255.255'],
    ...['::', '::1', 'fe80::1', 'ff02::1', '::ffff:127.0.0.1', '::ffff:169.254.169.254'],
    ...['', 'localhost', 'metadata.google.internal', '10.0.0.1:80', '10.0.0', '0x7f000001', 'user@10.0.0.1'],
  ];
  for (const address of never) {
    test(`${JSON.stringify(address)} is none`, () => assert.equal(isPodAddress(address), false));
  }
});

test('nothing is sent to an address that is none', async () => {
  const line = noDial('127.0.0.1').open();
  const request = { method: 'GET', headers: {}, signal: new AbortController().signal } as const;
  await assert.rejects(line.send('/mcp', request), {
    code: 'Unreachable',
    message: /127\.0\.0\.1, is none that a pod can have/,
  });
  line.close();
});
