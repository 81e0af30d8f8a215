import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { before, describe, it, type TestContext } from 'node:test';
import { freePorts } from '../../cluster/control-plane/free-port.ts';
import { goTools } from '../../cluster/go-tools/catalog.ts';
import { resolveGoTool } from '../../cluster/go-tools/resolve-go-tool.ts';
import { runOrThrow } from '../../cluster/process/run.ts';
import { indexArchiveEntries, writeArchive } from '../../images/archive.ts';
import { file } from '../../images/entry.ts';
import { assembleIndex, attest } from '../../images/image-index.ts';
import { buildLayer } from '../../images/layer.ts';
import { assemble, type Image } from '../../images/oci.ts';
import { parseReference } from '../../images/reference.ts';
import { registryClient } from '../../images/registry/client.ts';
import { pushArchive } from '../../images/registry/push.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

// Pushing to a registry that others wrote, and pulling with a client that others wrote: crane is both. It knows no logins;
// those are in images/registry.

let crane: string;
before(async () => {
  ({ path: crane } = await resolveGoTool(goTools.crane, { report: (line) => process.stderr.write(`${line}\n`) }));
});

/** A registry, for as long as the test runs. */
async function startRegistry(t: TestContext): Promise<string> {
  const [port = 0] = await freePorts(1, '127.0.0.1');
  const host = `127.0.0.1:${port}`;
  const args = ['registry', 'serve', '--address', host, '--disk', await temporaryDirectory(t)];
  const child = spawn(crane, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const answers = async () => {
    if (child.exitCode !== null) throw new Error(`the registry ended: ${said}`);
    return (await fetch(`http://${host}/v2/`)).ok;
  };
  await until(answers, { what: 'the registry to answer' });
  return host;
}

const nobody = async () => undefined;

async function anArchive(t: TestContext, ref: string) {
  const cacheDir = await temporaryDirectory(t);
  const images: Image[] = [];
  for (const architecture of ['amd64', 'arm64'] as const) {
    const layer = await buildLayer({ name: 'app', entries: [file('app', architecture.repeat(100_000))] }, { cacheDir });
    images.push(assemble([layer], { entrypoint: ['/app'], user: '65532:65532' }, architecture));
  }
  const attestations = images.map((one) =>
    attest(one, 'app', [{ predicateType: 'https://spdx.dev/Document', predicate: { spdxVersion: 'SPDX-2.3' } }]),
  );
  const built = assembleIndex(images, attestations, { 'org.opencontainers.image.version': '1.2.3' });
  const [plain] = images;
  assert.ok(plain !== undefined);
  const path = join(cacheDir, 'app.tar');
  await writeArchive(path, indexArchiveEntries(built, plain, parseReference(ref)));
  return { path, built };
}

describe('pushing to a real registry', () => {
  it('leaves there what others can pull: the index, both images whole, and what is stated about them', async (t) => {
    const ref = `${await startRegistry(t)}/team/app:v1`;
    const { path, built } = await anArchive(t, ref);
    assert.equal(await pushArchive(path, ref, { credentials: nobody }), built.index.digest);

    const ask = (...args: string[]) => runOrThrow(crane, args);
    assert.equal((await ask('digest', ref)).trim(), built.index.digest);
    assert.equal(await ask('manifest', ref), built.index.bytes.toString());
    for (const { architecture, manifest } of built.images) {
      // It pulls every layer, and compares it with its digest and with the config.
      await ask('validate', '--remote', ref, '--platform', `linux/${architecture}`);
      assert.equal((await ask('digest', ref, '--platform', `linux/${architecture}`)).trim(), manifest.digest);
    }
    const repository = ref.slice(0, ref.lastIndexOf(':'));
    for (const { manifest, statements } of built.attestations) {
      assert.equal(await ask('manifest', `${repository}@${manifest.digest}`), manifest.bytes.toString());
      for (const { digest, bytes } of statements)
        assert.equal(await ask('blob', `${repository}@${digest}`), bytes.toString());
    }
  });

  it('sends nothing the second time', async (t) => {
    const ref = `${await startRegistry(t)}/team/app:v1`;
    const { path } = await anArchive(t, ref);
    await pushArchive(path, ref, { credentials: nobody });
    const said: string[] = [];
    await pushArchive(path, ref, { credentials: nobody, progress: (line) => said.push(line) });
    assert.ok(said.length > 0);
    assert.deepEqual(
      said.filter((line) => !line.endsWith('is there already')),
      [],
    );
  });

  it('tells what the registry says when it refuses', async (t) => {
    const host = await startRegistry(t);
    const ref = `${host}/team/app:v1`;
    const { path, built } = await anArchive(t, ref);
    const client = registryClient({ host, repository: 'team/app', credentials: undefined });
    const [image] = built.images;
    assert.ok(image !== undefined && path !== '');
    // Under the digest of something else.
    const wrong = client.putBlob(`sha256:${'0'.repeat(64)}`, 3, () => Readable.from([Buffer.from('abc')]));
    await assert.rejects(wrong, { code: 'Registry', message: /PUT \/v2\/.* answered HTTP 400 \(DIGEST_INVALID: / });
  });
});
