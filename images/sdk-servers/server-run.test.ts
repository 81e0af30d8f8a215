import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nodeRunConfig, systemFiles } from '../node-runtime.ts';
import { serverPort, serverRun } from './server-run.ts';

describe('serverRun', () => {
  it('runs as the same user as the Node images, which /etc/passwd knows', () => {
    const { user } = serverRun(['/server']);
    assert.equal(user, nodeRunConfig([]).user);
    const passwd = systemFiles().find(({ path }) => path === 'etc/passwd');
    assert.ok(passwd?.kind === 'file' && Buffer.isBuffer(passwd.content));
    assert.match(passwd.content.toString(), new RegExp(`^nonroot:x:${user}:`, 'm'));
  });

  it('says the port that it exposes, and has a home that can be written', () => {
    const { env, exposedPorts } = serverRun(['/server']);
    assert.equal(env?.PORT, String(serverPort));
    assert.deepEqual(exposedPorts, [serverPort]);
    assert.equal(env?.HOME, '/tmp');
  });

  it('adds what a server has to know, and leaves the arguments to the pod', () => {
    const { env, cmd, entrypoint } = serverRun(['/usr/bin/x', '/app/y'], { MORE: '1' });
    assert.deepEqual(entrypoint, ['/usr/bin/x', '/app/y']);
    assert.equal(env?.MORE, '1');
    assert.equal(env?.PORT, '8080');
    assert.equal(cmd, undefined);
  });
});
