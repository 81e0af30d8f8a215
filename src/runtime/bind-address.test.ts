import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type BindAddress, formatBindAddress, parseBindAddress } from './bind-address.ts';

describe('bind address', () => {
  const accepted: Readonly<Record<string, BindAddress>> = {
    ':8080': { host: undefined, port: 8080 },
    ':0': { host: undefined, port: 0 },
    ':65535': { host: undefined, port: 65_535 },
    '127.0.0.1:8080': { host: '127.0.0.1', port: 8080 },
    '127.0.0.1:0': { host: '127.0.0.1', port: 0 },
    'localhost:9090': { host: 'localhost', port: 9090 },
    'my-host.example.com:80': { host: 'my-host.example.com', port: 80 },
    '[::]:8081': { host: '::', port: 8081 },
    '[::1]:8081': { host: '::1', port: 8081 },
    '[fe80::1%eth0]:8081': { host: 'fe80::1%eth0', port: 8081 },
  };
  for (const [text, address] of Object.entries(accepted)) {
    test(`accepts ${text}, and writes it the same way`, () => {
      assert.deepEqual(parseBindAddress(text), address);
      assert.equal(formatBindAddress(address), text);
    });
  }

  test('reads 0 as "do not listen"', () => assert.equal(parseBindAddress('0'), 'disabled'));

  const refused = [
    '',
    'abc',
    '8080',
    ':',
    ':abc',
    ':65536',
    ':-1',
    ':80 ',
    ' :80',
    '127.0.0.1',
    '::1:80',
    '[::1]',
    '[]:80',
    'http://localhost:80',
    'a b:80',
    ':8080\n',
    '00',
  ];
  for (const text of refused) {
    test(`refuses ${JSON.stringify(text)}`, () => assert.equal(parseBindAddress(text), undefined));
  }
});
