import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deadSockets } from './remove.ts';

const table = `Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 16389 /run/containerd/s/alive
0000000000000000: 00000003 00000000 00000000 0001 03 16390
0000000000000000: 00000002 00000000 00010000 0001 01 16391 @/abstract
`;

test('a socket that no process has bound is dead', () => {
  const paths = ['/run/containerd/s/alive', '/run/containerd/s/dead'];
  assert.deepEqual(deadSockets(paths, table), ['/run/containerd/s/dead']);
});

test('where there are none there is nothing to remove', () => {
  assert.deepEqual(deadSockets([], table), []);
});
