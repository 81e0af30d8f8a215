import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { freePorts } from './free-port.ts';

test('as many ports as asked for, each another, below those of outgoing connections', async () => {
  const ports = await freePorts(20, '127.0.0.1');
  assert.equal(new Set(ports).size, 20);
  for (const port of ports) assert.ok(port >= 20_000 && port < 32_000, String(port));
});

test('they can be listened on', async () => {
  const [port] = await freePorts(1, '127.0.0.1');
  const server = createServer();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  server.close();
});

test('two that ask do not get the same, nearly always', async () => {
  const [one, two] = await Promise.all([freePorts(3, '127.0.0.1'), freePorts(3, '127.0.0.1')]);
  assert.notDeepEqual(one, two);
});

test('an address that this machine does not have is an error, not an endless search', async () => {
  await assert.rejects(freePorts(1, '203.0.113.1'), { code: 'EADDRNOTAVAIL' });
});
