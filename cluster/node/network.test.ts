import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linksWith } from './network.ts';

const json = JSON.stringify([
  { ifname: 'lo', addr_info: [{ family: 'inet', local: '127.0.0.1', prefixlen: 8 }] },
  {
    ifname: 'eth0',
    addr_info: [
      { family: 'inet', local: '192.0.2.2' },
      { family: 'inet6', local: 'fe80::1' },
    ],
  },
  { ifname: 'smooth0', addr_info: [{ family: 'inet', local: '198.18.0.1', prefixlen: 32 }] },
  {
    ifname: 'veth1a2b3c4d',
    addr_info: [
      { family: 'inet6', local: 'fe80::2' },
      { family: 'inet', local: '198.18.0.1' },
    ],
  },
  { ifname: 'down0' },
  {},
]);

test("the bridge and the machine's end of each pod's cable carry the node's address; nothing else does", () => {
  assert.deepEqual(linksWith('198.18.0.1', json), ['smooth0', 'veth1a2b3c4d']);
});

test('an address that nobody has, and a machine without interfaces', () => {
  assert.deepEqual(linksWith('198.18.0.2', json), []);
  assert.deepEqual(linksWith('198.18.0.1', ''), []);
  assert.deepEqual(linksWith('198.18.0.1', '[]'), []);
});
