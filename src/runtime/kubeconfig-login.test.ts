import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import type { KubeconfigContext, KubeconfigUser } from './kubeconfig-file.ts';
import { loginOf, skipsVerification } from './kubeconfig-login.ts';

// How connections use it is in kubeconfig.test.ts.

const loaded: string[] = [];
registerHooks({
  resolve(specifier, context, next) {
    loaded.push(specifier);
    return next(specifier, context);
  },
});

const base64 = (text: string) => Buffer.from(text).toString('base64');
const contextOf = (user?: KubeconfigUser, cluster: object = {}): KubeconfigContext => ({
  name: 'co',
  namespace: undefined,
  cluster: { server: 'https://api.test:6443', ...cluster },
  user,
});
const nothing = { headers: {}, ca: undefined, cert: undefined, key: undefined };

describe('a login without a plugin', () => {
  it('does not load the official client, which takes 27 MB', async () => {
    for (const user of [undefined, { token: 't' }, { username: 'u' }, { 'client-key-data': base64('KEY') }]) {
      await (await loginOf(contextOf(user)))();
    }
    assert.deepEqual(
      loaded.filter((specifier) => specifier.includes('kubeconfig-library')),
      [],
    );
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'true' };
    await loginOf(contextOf({ exec }));
    assert.ok(loaded.includes('@kubernetes/client-node'), 'a plugin does');
  });

  it('of nobody gives nothing', async () => {
    assert.deepEqual(await (await loginOf(contextOf()))(), nothing);
  });

  it('takes what is inside before a file beside it, as kubectl does', async (t) => {
    const file = join(await temporaryDirectory(t), 'pem');
    await writeFile(file, 'FILE');
    const both = { 'client-certificate': file, 'client-certificate-data': base64('DATA') };
    const login = await loginOf(contextOf({ ...both, 'client-key': file }, { 'certificate-authority': file }));
    assert.deepEqual(await login(), { ...nothing, ca: 'FILE', cert: 'DATA', key: 'FILE' });
    await writeFile(file, 'NEXT');
    assert.deepEqual(await login(), { ...nothing, ca: 'NEXT', cert: 'DATA', key: 'NEXT' }, 'files are read again');
  });

  it('names a file that is not there', async () => {
    const login = await loginOf(contextOf({ 'client-key': '/does/not/exist' }));
    await assert.rejects(login(), /ENOENT.*\/does\/not\/exist/);
  });

  it('has an empty password where there is none', async () => {
    const { headers } = await (await loginOf(contextOf({ username: 'u' })))();
    assert.deepEqual(headers, { authorization: `Basic ${base64('u:')}` });
  });
});

it('nobody looks at a certificate where there is none, and where it is said', () => {
  assert.equal(skipsVerification(contextOf()), false);
  assert.equal(skipsVerification(contextOf(undefined, { server: 'http://127.0.0.1:8001' })), true);
  assert.equal(skipsVerification(contextOf(undefined, { 'insecure-skip-tls-verify': true })), true);
});
