import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { runOrThrow } from '../process/run.ts';
import { checksumIn, downloadBinaries } from './download.ts';
import { releaseFor } from './release.ts';

type Answer = (response: ServerResponse) => void;
type Context = { after(remove: () => Promise<void>): void };

const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');

/** A publisher that serves what it is given, by path. */
async function publisher(t: Context, files: Record<string, Buffer | Answer>) {
  const paths: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    paths.push(path);
    const file = files[path];
    if (file === undefined) response.writeHead(404).end();
    else if (typeof file === 'function') file(response);
    else response.end(file);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const url = `http://127.0.0.1:${address.port}`;
  return { paths, publishers: { kubernetes: `${url}/release`, etcd: `${url}/etcd` } };
}

const kubelet = Buffer.from('the kubelet '.repeat(10_000));
const base = '/release/v1.36.3/bin/linux/amd64';
const goodKubelet = { [`${base}/kubelet`]: kubelet, [`${base}/kubelet.sha256`]: Buffer.from(sha256(kubelet)) };

async function request(t: Context) {
  const directory = join(await temporaryDirectory(t), 'bin');
  const lines: string[] = [];
  const report = (line: string) => lines.push(line);
  return {
    directory,
    lines,
    made: { release: releaseFor(undefined), needed: ['kubelet'] as const, directory, report, signal: undefined },
  };
}

test('a binary with the published checksum is put in place, executable', async (t) => {
  const { directory, lines, made } = await request(t);
  const { publishers } = await publisher(t, goodKubelet);
  assert.equal(await downloadBinaries(made, publishers, 'linux-x64'), true);
  assert.deepEqual(await readFile(join(directory, 'kubelet')), kubelet);
  assert.equal((await stat(join(directory, 'kubelet'))).mode & 0o777, 0o755);
  assert.deepEqual(await readdir(directory), ['kubelet']);
  assert.match(lines[0] ?? '', /downloading kubelet \(1 of 1\)/);
});

test('a binary with another checksum is refused, never passed over for a build', async (t) => {
  const { directory, made } = await request(t);
  const { publishers } = await publisher(t, { ...goodKubelet, [`${base}/kubelet`]: Buffer.from('something else') });
  await assert.rejects(downloadBinaries(made, publishers, 'linux-x64'), {
    code: 'BadDownload',
    message: new RegExp(`has the SHA-256 [0-9a-f]{64}, its publisher says ${sha256(kubelet)}`),
  });
  assert.deepEqual(await readdir(directory), []);
});

test('etcd is taken out of its archive, whose checksum is one line of a list', async (t) => {
  const { directory, made } = await request(t);
  const folder = 'etcd-v3.6.8-linux-amd64';
  const source = await temporaryDirectory(t);
  await mkdir(join(source, folder));
  await writeFile(join(source, folder, 'etcd'), 'the etcd');
  await writeFile(join(source, folder, 'README.md'), 'more');
  await runOrThrow('tar', ['-czf', join(source, 'a.tar.gz'), '-C', source, folder]);
  const archive = await readFile(join(source, 'a.tar.gz'));
  const sums = `${'0'.repeat(64)}  etcd-v3.6.8-linux-arm64.tar.gz\n${sha256(archive)}  ${folder}.tar.gz\n`;
  const { publishers } = await publisher(t, {
    [`/etcd/v3.6.8/${folder}.tar.gz`]: archive,
    '/etcd/v3.6.8/SHA256SUMS': Buffer.from(sums),
  });
  assert.equal(await downloadBinaries({ ...made, needed: ['etcd'] }, publishers, 'linux-x64'), true);
  assert.equal(await readFile(join(directory, 'etcd'), 'utf8'), 'the etcd');
  assert.deepEqual(await readdir(directory), ['etcd']);
});

test('the other architecture has other files', async (t) => {
  const { made } = await request(t);
  const { publishers, paths } = await publisher(t, {});
  assert.equal(await downloadBinaries(made, publishers, 'linux-arm64'), false);
  assert.deepEqual(paths, ['/release/v1.36.3/bin/linux/arm64/kubelet.sha256']);
});

test('where there is no official release nothing is asked for', async (t) => {
  const { lines, made } = await request(t);
  const { publishers, paths } = await publisher(t, goodKubelet);
  for (const platform of ['darwin-arm64', 'win32-x64', 'linux-riscv64']) {
    assert.equal(await downloadBinaries(made, publishers, platform), false);
  }
  assert.deepEqual(paths, []);
  assert.equal(lines[0], 'no official Kubernetes release for darwin-arm64');
});

test('no way to the publisher means a build, with the reason', async (t) => {
  const { lines, made } = await request(t);
  const unreachable = 'http://127.0.0.1:1';
  assert.equal(await downloadBinaries(made, { kubernetes: unreachable, etcd: unreachable }, 'linux-x64'), false);
  assert.match(lines.join('\n'), /the official release cannot be downloaded \(.+\)/);
});

test('an answer that is an error, or that breaks off, means a build, and leaves nothing half', async (t) => {
  const breaksOff: Answer = (response) => {
    response.writeHead(200, { 'content-length': String(kubelet.length) });
    response.write(kubelet.subarray(0, 1_000), () => response.destroy());
  };
  const fails: Answer = (response) => response.writeHead(503).end('later');
  for (const answer of [breaksOff, fails]) {
    const { directory, made } = await request(t);
    const { publishers } = await publisher(t, { ...goodKubelet, [`${base}/kubelet`]: answer });
    assert.equal(await downloadBinaries(made, publishers, 'linux-x64'), false);
    assert.deepEqual(await readdir(directory), []);
  }
});

test('a login page in place of the publisher means a build', async (t) => {
  const { lines, directory, made } = await request(t);
  const page = Buffer.from('<html>Please log in</html>');
  const { publishers } = await publisher(t, { [`${base}/kubelet`]: page, [`${base}/kubelet.sha256`]: page });
  assert.equal(await downloadBinaries(made, publishers, 'linux-x64'), false);
  assert.match(lines.join('\n'), /what answers for the publisher has no checksum of kubelet/);
  assert.deepEqual(await readdir(directory), []);
});

test('an interrupted download is no reason to build', async (t) => {
  const { directory, made } = await request(t);
  const controller = new AbortController();
  const hangs: Answer = (response) => {
    response.write(kubelet.subarray(0, 1_000), () => controller.abort());
  };
  const { publishers } = await publisher(t, { ...goodKubelet, [`${base}/kubelet`]: hangs });
  const downloading = downloadBinaries({ ...made, signal: controller.signal }, publishers, 'linux-x64');
  await assert.rejects(downloading, { code: 'Aborted', message: /stopped while downloading kubelet/ });
  assert.deepEqual(await readdir(directory), []);
});

test('what is there already is not downloaded again', async (t) => {
  const { directory, made } = await request(t);
  await mkdir(directory);
  await writeFile(join(directory, 'kubelet'), 'from before');
  const { publishers, paths } = await publisher(t, goodKubelet);
  assert.equal(await downloadBinaries(made, publishers, 'linux-x64'), true);
  assert.deepEqual(paths, []);
});

test('a checksum is found alone and in a list, and nothing else is one', () => {
  const sum = sha256(Buffer.from('x'));
  assert.equal(checksumIn(sum, 'kubelet'), sum);
  assert.equal(checksumIn(`${sum}\n`, 'kubelet'), sum);
  assert.equal(checksumIn(`${'0'.repeat(64)}  other\n${sum} *etcd.tar.gz\n`, 'etcd.tar.gz'), sum);
  for (const text of ['', '<html>blocked</html>', `${sum}  other`, sum.slice(1), sum.toUpperCase()]) {
    assert.throws(() => checksumIn(text, 'etcd.tar.gz'), /no checksum of etcd\.tar\.gz/, text);
  }
});
