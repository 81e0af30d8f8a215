import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import { cpuSecondsOf, establishedIn, mebibytesOf, processFigures } from './process-figures.ts';

test('processor time is user and system time, whatever the program is called', () => {
  const rest = 'S 1 2 3 0 -1 4194304 100 0 0 0 250 50 7 9 20 0 11 0 12345 1000 200';
  assert.equal(cpuSecondsOf(`4711 (node) ${rest}`), 3);
  assert.equal(cpuSecondsOf(`4711 (a) b (c d) ${rest}`), 3);
});

test('memory is told in MiB, now and at most', () => {
  const status = 'Name:\tnode\nVmHWM:\t  204800 kB\nVmRSS:\t  102400 kB\nThreads:\t11\n';
  assert.equal(mebibytesOf(status, 'VmRSS'), 100);
  assert.equal(mebibytesOf(status, 'VmHWM'), 200);
  assert.ok(Number.isNaN(mebibytesOf('Name:\tkthreadd\n', 'VmRSS')));
});

test('connections are those that are established, neither listening nor closing', () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0 100 0 0 10 0',
    '   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0 20 4 30 10 -1',
    '   2: 0100007F:1F90 0100007F:C351 06 00000000:00000000 03:00000000 00000000     0        0 0 3 0',
    '',
  ].join('\n');
  assert.deepEqual(establishedIn(table), ['222']);
});

test('of a real process all of it can be read', { skip: process.platform !== 'linux' && 'needs /proc' }, async (t) => {
  const before = await processFigures(process.pid);
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [peer] = await once(server, 'connection');
  t.after(() => {
    socket.destroy();
    peer.destroy();
    server.close();
  });
  const figures = await processFigures(process.pid);
  // Both ends of the connection are in this process.
  assert.equal(figures.sockets - before.sockets, 2);
  assert.ok(figures.rss > 10 && figures.peakRss >= figures.rss * 0.9);
  assert.ok(figures.cpuSeconds >= before.cpuSeconds && figures.cpuSeconds > 0);
});
