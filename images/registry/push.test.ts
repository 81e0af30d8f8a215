import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { startFakeRegistry } from '../../test/support/fake-registry.ts';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { indexArchiveEntries, writeArchive } from '../archive.ts';
import { buildRecipe } from '../build.ts';
import { file } from '../entry.ts';
import { ImageError } from '../image-error.ts';
import { assembleIndex, attest } from '../image-index.ts';
import { buildLayer } from '../layer.ts';
import { assemble, type Image } from '../oci.ts';
import { parseReference } from '../reference.ts';
import type { Credentials } from './credentials.ts';
import { pushArchive } from './push.ts';

const run = { entrypoint: ['/app'], user: '65532:65532' };
const nobody = async () => undefined;
const robot: Credentials = { kind: 'password', username: 'robot', password: 'secret' };
const isRegistryError = (says: RegExp) => (thrown: unknown) => {
  assert.ok(thrown instanceof ImageError, String(thrown));
  assert.equal(thrown.code, 'Registry');
  assert.match(thrown.message, says);
  return true;
};

/** An archive of one image for one machine. */
async function anArchive(t: TestContext, ref: string) {
  const cacheDir = await temporaryDirectory(t);
  const layers = [{ name: 'app', entries: [file('app', 'x'.repeat(5000))] }];
  return buildRecipe('tiny', async () => ({ layers, run }), { ref, cacheDir });
}

/** An archive of two machines' images, with an attestation of each. */
async function anIndexArchive(t: TestContext, ref: string) {
  const cacheDir = await temporaryDirectory(t);
  const images: Image[] = [];
  for (const architecture of ['amd64', 'arm64'] as const) {
    const own = await buildLayer({ name: 'own', entries: [file('app', architecture)] }, { cacheDir });
    const common = await buildLayer({ name: 'common', entries: [file('etc/x', 'x')] }, { cacheDir });
    images.push(assemble([common, own], run, architecture));
  }
  const attestations = images.map((one) =>
    attest(one, 'x', [{ predicateType: 'https://spdx.dev/Document', predicate: {} }]),
  );
  const built = assembleIndex(images, attestations, {});
  const [plain] = images;
  assert.ok(plain !== undefined);
  const path = join(cacheDir, 'index.tar');
  await writeArchive(path, indexArchiveEntries(built, plain, parseReference(ref)));
  return { path, built };
}

describe('pushArchive', () => {
  it('sends blobs, then the manifest under its tag, and says what the tag now means', async (t) => {
    const registry = await startFakeRegistry();
    const ref = `${registry.host}/team/tiny:v1`;
    const built = await anArchive(t, ref);
    const said: string[] = [];
    const digest = await pushArchive(built.archivePath, ref, {
      credentials: nobody,
      progress: (line) => said.push(line),
    });
    assert.equal(digest, built.digest);
    const manifest = registry.manifests.get('v1');
    assert.equal(manifest?.mediaType, 'application/vnd.oci.image.manifest.v1+json');
    const { config, layers } = JSON.parse(String(manifest?.bytes));
    for (const { digest: part } of [config, ...layers]) assert.ok(registry.blobs.has(part), part);
    assert.equal(registry.requests.at(-1), 'PUT /v2/team/tiny/manifests/v1');
    assert.equal(said.filter((line) => line.startsWith('  sending sha256:')).length, 2);
  });

  it('sends nothing twice: not what is there, and not what two images share', async (t) => {
    const registry = await startFakeRegistry();
    const ref = `${registry.host}/team/tiny:v1`;
    const { path } = await anIndexArchive(t, ref);
    await pushArchive(path, ref, { credentials: nobody });
    const uploads = registry.requests.filter((line) => line.startsWith('POST')).length;
    assert.equal(uploads, registry.blobs.size);
    await pushArchive(path, ref, { credentials: nobody });
    assert.equal(registry.requests.filter((line) => line.startsWith('POST')).length, uploads);
  });

  it('sends an index after everything that it points at, attestations too', async (t) => {
    const registry = await startFakeRegistry();
    const ref = `${registry.host}/team/tiny:v1`;
    const { path, built } = await anIndexArchive(t, ref);
    assert.equal(await pushArchive(path, ref, { credentials: nobody }), built.index.digest);
    assert.deepEqual(registry.manifests.get('v1')?.bytes, built.index.bytes);
    for (const { manifest } of [...built.images, ...built.attestations]) {
      assert.deepEqual(registry.manifests.get(manifest.digest)?.bytes, manifest.bytes);
    }
    assert.equal(registry.requests.at(-1), 'PUT /v2/team/tiny/manifests/v1');
  });

  for (const login of ['basic', 'bearer'] as const) {
    it(`logs in where the registry asks for it (${login})`, async (t) => {
      const registry = await startFakeRegistry({ login });
      const ref = `${registry.host}/team/tiny:v1`;
      const asked: string[] = [];
      const credentials = async (host: string) => {
        asked.push(host);
        return robot;
      };
      await pushArchive((await anArchive(t, ref)).archivePath, ref, { credentials });
      assert.ok(registry.manifests.has('v1'));
      assert.deepEqual(asked, [registry.host]);
      if (login === 'bearer') assert.deepEqual(registry.scopes, ['repository:team/tiny:pull,push']);
    });

    it(`says how to log in when nobody has (${login}), and sends nothing`, async (t) => {
      const registry = await startFakeRegistry({ login });
      const ref = `${registry.host}/team/tiny:v1`;
      const pushing = pushArchive((await anArchive(t, ref)).archivePath, ref, { credentials: nobody });
      await assert.rejects(pushing, isRegistryError(/wants a login, and there is none: docker login 127\.0\.0\.1/));
      assert.equal(registry.blobs.size, 0);
    });
  }

  it('exchanges an identity token, which is what some registries leave instead of a password', async (t) => {
    const registry = await startFakeRegistry({ login: 'bearer' });
    const ref = `${registry.host}/team/tiny:v1`;
    const credentials = async () => ({ kind: 'identityToken', token: 'an-identity-token' }) as const;
    await pushArchive((await anArchive(t, ref)).archivePath, ref, { credentials });
    assert.ok(registry.manifests.has('v1'));
  });

  it('says that a login is wrong without showing it', async (t) => {
    const registry = await startFakeRegistry({ login: 'bearer' });
    const ref = `${registry.host}/team/tiny:v1`;
    const wrong: Credentials = { kind: 'password', username: 'robot', password: 'hunter2' };
    const pushing = pushArchive((await anArchive(t, ref)).archivePath, ref, { credentials: async () => wrong });
    await assert.rejects(pushing, (thrown) => {
      assert.ok(!String(thrown).includes('hunter2'));
      return isRegistryError(/refuses the login .*HTTP 401.*log in once more/)(thrown);
    });
  });

  it('says what the registry said', async (t) => {
    const body = JSON.stringify({ errors: [{ code: 'DENIED', message: 'quota exceeded' }] });
    const registry = await startFakeRegistry({
      fail: ({ method }) => (method === 'POST' ? { status: 403, body } : undefined),
    });
    const ref = `${registry.host}/team/tiny:v1`;
    await assert.rejects(
      pushArchive((await anArchive(t, ref)).archivePath, ref, { credentials: nobody }),
      isRegistryError(
        /POST \/v2\/team\/tiny\/blobs\/uploads\/ answered HTTP 403 \(DENIED: quota exceeded\).*right to push to team\/tiny/,
      ),
    );
  });

  it('tries again what may pass', async (t) => {
    let left = 1;
    const registry = await startFakeRegistry({
      fail: ({ method }) => (method === 'POST' && left-- > 0 ? { status: 503 } : undefined),
    });
    const ref = `${registry.host}/team/tiny:v1`;
    await pushArchive((await anArchive(t, ref)).archivePath, ref, { credentials: nobody });
    assert.ok(registry.manifests.has('v1'));
  });

  it('refuses the archive of another image, and says what to do', async (t) => {
    const registry = await startFakeRegistry();
    const { archivePath } = await anArchive(t, 'registry.example/other/tiny:v1');
    const ref = `${registry.host}/team/tiny:v1`;
    await assert.rejects(pushArchive(archivePath, ref, { credentials: nobody }), (thrown) => {
      assert.ok(thrown instanceof ImageError);
      assert.match(thrown.message, /holds registry\.example\/other\/tiny:v1, not .*: make docker-build IMG=127/);
      return thrown.code === 'BadReference';
    });
    assert.deepEqual(registry.requests, []);
  });

  it('refuses what is no archive, by name', async (t) => {
    const path = join(await temporaryDirectory(t), 'x.tar');
    await writeFile(path, 'not a tar, but long enough to have a header'.repeat(40));
    await assert.rejects(pushArchive(path, '127.0.0.1:1/a:v1', { credentials: nobody }), {
      code: 'BadEntry',
      message: /x\.tar is no tar archive/,
    });
  });

  it('stops on a signal', async (t) => {
    const registry = await startFakeRegistry();
    const ref = `${registry.host}/team/tiny:v1`;
    const { archivePath } = await anArchive(t, ref);
    await assert.rejects(pushArchive(archivePath, ref, { credentials: nobody, signal: AbortSignal.abort() }), {
      code: 'Aborted',
    });
    assert.deepEqual([...registry.manifests.keys()], []);
  });
});
