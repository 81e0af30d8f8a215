import assert from 'node:assert/strict';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { inCluster, isInCluster } from './in-cluster.ts';

const env = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };

async function serviceAccount(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
}

describe('isInCluster', () => {
  it('goes by host and port in the environment', () => {
    assert.equal(isInCluster(env), true);
    assert.equal(isInCluster({ KUBERNETES_SERVICE_HOST: '10.96.0.1' }), false);
    assert.equal(isInCluster({}), false);
  });
});

describe('inCluster', () => {
  it('reads server, token, CA and namespace', async (t) => {
    const directory = await temporaryDirectory(t);
    await serviceAccount(directory, { token: 'tok\n', 'ca.crt': 'PEM\n', namespace: 'ns' });
    const connection = await inCluster({ clock: createFakeClock(), env, directory });
    assert.equal(connection.server.href, 'https://10.96.0.1/');
    assert.equal(connection.namespace, 'ns');
    assert.equal(connection.proxy, undefined);
    assert.deepEqual(await connection.credentials(), {
      headers: { authorization: 'Bearer tok' },
      tls: { ca: 'PEM\n' },
    });
  });

  it('puts an IPv6 address in brackets', async (t) => {
    const directory = await temporaryDirectory(t);
    await serviceAccount(directory, { token: 'tok', 'ca.crt': 'PEM' });
    const v6 = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' };
    const connection = await inCluster({ clock: createFakeClock(), env: v6, directory });
    assert.equal(connection.server.href, 'https://[fd00::1]:6443/');
    assert.equal(connection.namespace, undefined, 'the namespace file is not everywhere');
  });

  it('sees a token and a CA that were swapped the way the kubelet does it, within a minute', async (t) => {
    const directory = await temporaryDirectory(t);
    const version = async (name: string, files: Record<string, string>) => {
      await mkdir(join(directory, name));
      await serviceAccount(join(directory, name), files);
      await rm(join(directory, '..data'), { force: true });
      await symlink(name, join(directory, '..data'));
    };
    await version('v1', { token: 'one', 'ca.crt': 'CA1' });
    const clock = createFakeClock();
    const connection = await inCluster({ clock, env, directory: join(directory, '..data') });
    await version('v2', { token: 'two', 'ca.crt': 'CA2' });
    assert.equal((await connection.credentials()).headers.authorization, 'Bearer one');
    await clock.advance(60_000);
    assert.deepEqual(await connection.credentials(), { headers: { authorization: 'Bearer two' }, tls: { ca: 'CA2' } });
  });

  it('sees a new token at once after a 401', async (t) => {
    const directory = await temporaryDirectory(t);
    await serviceAccount(directory, { token: 'one', 'ca.crt': 'CA' });
    const connection = await inCluster({ clock: createFakeClock(), env, directory });
    await serviceAccount(directory, { token: 'two' });
    assert.equal((await connection.refresh()).headers.authorization, 'Bearer two');
  });

  it('says which file is missing, and what mounts it', async (t) => {
    const directory = await temporaryDirectory(t);
    await serviceAccount(directory, { 'ca.crt': 'CA' });
    await assert.rejects(inCluster({ clock: createFakeClock(), env, directory }), {
      code: 'Config',
      message: /token: ENOENT.*automountServiceAccountToken/,
    });
  });

  it('refuses an empty token', async (t) => {
    const directory = await temporaryDirectory(t);
    await serviceAccount(directory, { token: '\n', 'ca.crt': 'CA' });
    await assert.rejects(inCluster({ clock: createFakeClock(), env, directory }), { code: 'Config', message: /empty/ });
  });

  it('refuses to be called outside a pod', async () => {
    await assert.rejects(inCluster({ clock: createFakeClock(), env: {} }), {
      code: 'Config',
      message: /KUBERNETES_SERVICE_HOST.*--kubeconfig/,
    });
  });
});
