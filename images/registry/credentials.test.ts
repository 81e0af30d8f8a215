import assert from 'node:assert/strict';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { credentialsFor } from './credentials.ts';

const auth = (text: string) => Buffer.from(text).toString('base64');

/** A home directory with a Docker configuration, and credential helpers on PATH. */
async function home(t: TestContext, config: unknown, helpers: Readonly<Record<string, string>> = {}) {
  const directory = await temporaryDirectory(t);
  await mkdir(join(directory, '.docker'));
  const text = typeof config === 'string' ? config : JSON.stringify(config);
  await writeFile(join(directory, '.docker', 'config.json'), text);
  for (const [name, script] of Object.entries(helpers)) {
    const path = join(directory, `docker-credential-${name}`);
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
  }
  return { HOME: directory, PATH: `${directory}:/usr/bin:/bin` };
}

describe('credentialsFor', () => {
  it('finds what docker login left, a password with a colon too', async (t) => {
    const env = await home(t, { auths: { 'ghcr.io': { auth: auth('robot:a:b') } } });
    assert.deepEqual(await credentialsFor('ghcr.io', env), { kind: 'password', username: 'robot', password: 'a:b' });
  });

  it('finds nothing for another registry, and nothing where nobody ever logged in', async (t) => {
    const env = await home(t, { auths: { 'ghcr.io': { auth: auth('a:b') }, 'quay.io': {} } });
    assert.equal(await credentialsFor('registry.example', env), undefined);
    assert.equal(await credentialsFor('quay.io', env), undefined);
    assert.equal(await credentialsFor('ghcr.io', { HOME: await temporaryDirectory(t) }), undefined);
  });

  it("finds Docker Hub's login under its own old address", async (t) => {
    const env = await home(t, { auths: { 'https://index.docker.io/v1/': { auth: auth('me:pw') } } });
    assert.deepEqual(await credentialsFor('docker.io', env), { kind: 'password', username: 'me', password: 'pw' });
  });

  it('finds a registry that was logged in to as an address', async (t) => {
    const env = await home(t, { auths: { 'https://registry.example:5000': { auth: auth('a:b') } } });
    assert.equal((await credentialsFor('registry.example:5000', env))?.kind, 'password');
  });

  it('takes an identity token where there is one', async (t) => {
    const env = await home(t, { auths: { 'r.example': { auth: auth('0:'), identitytoken: 'it' } } });
    assert.deepEqual(await credentialsFor('r.example', env), { kind: 'identityToken', token: 'it' });
  });

  it("looks where DOCKER_CONFIG and REGISTRY_AUTH_FILE say, and in Podman's file", async (t) => {
    const other = await home(t, { auths: { 'r.example': { auth: auth('other:x') } } });
    const directory = join(other.HOME, '.docker');
    const empty = { HOME: await temporaryDirectory(t) };
    const found = async (env: Record<string, string>) => await credentialsFor('r.example', { ...empty, ...env });
    assert.equal((await found({ DOCKER_CONFIG: directory }))?.kind, 'password');
    assert.equal((await found({ REGISTRY_AUTH_FILE: join(directory, 'config.json') }))?.kind, 'password');
    const runtime = await temporaryDirectory(t);
    await mkdir(join(runtime, 'containers'));
    await writeFile(
      join(runtime, 'containers', 'auth.json'),
      JSON.stringify({ auths: { 'r.example': { auth: auth('p:q') } } }),
    );
    assert.equal((await found({ XDG_RUNTIME_DIR: runtime }))?.kind, 'password');
  });

  it('asks the credential helper of the registry before the common one', async (t) => {
    const answer = (user: string) => `read host; echo "{\\"Username\\":\\"${user}\\",\\"Secret\\":\\"$host\\"}"`;
    const config = { credHelpers: { 'r.example': 'own' }, credsStore: 'common' };
    const env = await home(t, config, { own: answer('own'), common: answer('common') });
    assert.deepEqual(await credentialsFor('r.example', env), {
      kind: 'password',
      username: 'own',
      password: 'r.example',
    });
    assert.deepEqual(await credentialsFor('other.example', env), {
      kind: 'password',
      username: 'common',
      password: 'other.example',
    });
  });

  it('takes a token from a helper', async (t) => {
    const env = await home(t, { credsStore: 'x' }, { x: `echo '{"Username":"<token>","Secret":"it"}'` });
    assert.deepEqual(await credentialsFor('r.example', env), { kind: 'identityToken', token: 'it' });
  });

  it('goes on where a helper knows no login', async (t) => {
    const config = { credsStore: 'x', auths: { 'r.example': { auth: auth('a:b') } } };
    const env = await home(t, config, { x: 'echo "credentials not found in native keychain"; exit 1' });
    assert.equal((await credentialsFor('r.example', env))?.kind, 'password');
  });

  it('says which helper failed, and not what it printed', async (t) => {
    const env = await home(t, { credsStore: 'x' }, { x: 'echo "the secret is hunter2"; exit 3' });
    await assert.rejects(credentialsFor('r.example', env), {
      code: 'ToolFailed',
      message: 'docker-credential-x get failed for r.example (exit code 3): log in once more',
    });
  });

  it('says which helper is not installed', async (t) => {
    const env = await home(t, { credsStore: 'gone' });
    await assert.rejects(credentialsFor('r.example', env), { code: 'ToolMissing', message: /docker-credential-gone/ });
  });

  it('says which file is broken, and does not show it', async (t) => {
    const env = await home(t, '{"auths": {"r.example": {"auth": "aHVudGVyMg=="');
    await assert.rejects(credentialsFor('r.example', env), (thrown) => {
      assert.match(String(thrown), /\.docker\/config\.json cannot be read: it is no JSON/);
      assert.ok(!String(thrown).includes('aHVudGVyMg'));
      return true;
    });
  });
});
