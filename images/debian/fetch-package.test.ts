import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { ImageError } from '../image-error.ts';
import { debianSources, fetchPackage } from './fetch-package.ts';

const content = Buffer.from('a package');
const wanted = {
  name: 'libx++6',
  version: '1.2-3+deb13u1',
  architecture: 'amd64',
  path: 'debian/pool/main/x/libx++6_1.2-3+deb13u1_amd64.deb',
  sha256: createHash('sha256').update(content).digest('hex'),
  size: content.length,
} as const;
/** So that apt's own downloader is not found, and the tests are the same everywhere. */
const aptHelper = '/no/such/apt-helper';

/** A mirror that answers with some bytes, or with a status. */
async function mirror(t: TestContext, answer: Buffer | number) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (typeof answer === 'number') response.writeHead(answer).end();
    else response.end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => new Promise((resolve) => server.close(resolve)));
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function context(t: TestContext) {
  const said: string[] = [];
  const cacheDir = await temporaryDirectory(t);
  return {
    said,
    made: {
      architecture: 'amd64',
      cacheDir,
      progress: (line: string) => void said.push(line),
      signal: undefined,
    } as const,
  };
}

describe('fetchPackage', () => {
  it('downloads a package once, and says so', async (t) => {
    const { url, asked } = await mirror(t, content);
    const { made, said } = await context(t);
    const path = await fetchPackage(made, wanted, { mirrors: [url], aptHelper });
    assert.deepEqual(await readFile(path), content);
    assert.equal(await fetchPackage(made, wanted, { mirrors: [url], aptHelper }), path);
    assert.deepEqual(asked, ['/debian/pool/main/x/libx%2B%2B6_1.2-3%2Bdeb13u1_amd64.deb']);
    assert.deepEqual(said, ['downloading libx++6_1.2-3+deb13u1_amd64.deb (1 KiB)']);
  });

  it('takes the next mirror where one has it no more, as mirrors forget old versions', async (t) => {
    const [gone, archive] = [await mirror(t, 404), await mirror(t, content)];
    const { made } = await context(t);
    await fetchPackage(made, wanted, { mirrors: [gone.url, `${archive.url}/archive/@/20260101T000000Z`], aptHelper });
    assert.deepEqual(archive.asked, [
      '/archive/debian/20260101T000000Z/pool/main/x/libx%2B%2B6_1.2-3%2Bdeb13u1_amd64.deb',
    ]);
  });

  it('never takes what has another hash, and leaves nothing of it', async (t) => {
    const { url } = await mirror(t, Buffer.from('something else'));
    const { made } = await context(t);
    await assert.rejects(fetchPackage(made, wanted, { mirrors: [url], aptHelper }), (thrown) => {
      assert.ok(thrown instanceof ImageError);
      assert.equal(thrown.code, 'Download');
      assert.match(thrown.message, new RegExp(`has the SHA-256 [0-9a-f]{64}, not the pinned ${wanted.sha256}`));
      return true;
    });
    assert.deepEqual(await readdir(join(made.cacheDir, 'debian')), []);
  });

  it('says what each mirror answered, and what can be done', async (t) => {
    const { url } = await mirror(t, 503);
    const { made } = await context(t);
    await assert.rejects(
      fetchPackage(made, wanted, { mirrors: [url, 'http://127.0.0.1:1'], aptHelper }),
      /^ImageError: libx\+\+6 1\.2-3\+deb13u1 \(amd64\) cannot be had:\n {2}http.*: HTTP 503\n {2}http.*:1\/.*: .*\nset DEBIAN_MIRROR to/,
    );
  });

  it("uses apt's own downloader where there is one", async (t) => {
    const { made } = await context(t);
    const directory = await temporaryDirectory(t);
    const helper = join(directory, 'apt-helper');
    await writeFile(helper, '#!/bin/sh\necho "$@" > "$(dirname "$0")/called"\nprintf "a package" > "$6"\n');
    await chmod(helper, 0o755);
    await mkdir(join(made.cacheDir, 'debian'), { recursive: true });
    const path = await fetchPackage(made, wanted, { mirrors: ['http://mirror.example'], aptHelper: helper });
    assert.deepEqual(await readFile(path), content);
    assert.match(
      await readFile(join(directory, 'called'), 'utf8'),
      /download-file http:\/\/mirror\.example\/debian\/pool/,
    );
  });

  it('stops on a signal, and says that it was stopped', async (t) => {
    const { made } = await context(t);
    const stopped = { ...made, signal: AbortSignal.abort() };
    await assert.rejects(fetchPackage(stopped, wanted, { mirrors: ['http://127.0.0.1:1'], aptHelper }), {
      code: 'Aborted',
    });
  });
});

describe('debianSources', () => {
  it("asks Debian's mirrors first and its archive last", () => {
    assert.deepEqual(debianSources('20260101T000000Z', {}).mirrors, [
      'https://deb.debian.org',
      'https://snapshot.debian.org/archive/@/20260101T000000Z',
    ]);
  });

  it("asks the user's own mirror before all others", () => {
    const { mirrors } = debianSources('20260101T000000Z', { DEBIAN_MIRROR: 'https://mirror.example/apt/' });
    assert.equal(mirrors[0], 'https://mirror.example/apt');
    assert.equal(mirrors.length, 3);
  });
});
