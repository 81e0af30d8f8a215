import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import { arrange, type Entry } from './entry.ts';
import { ImageError } from './image-error.ts';
import { libraryEntries, nodeBinary, nodePath, nodeRunConfig, nodeRuntimeLayer, systemFiles } from './node-runtime.ts';
import { unpackLayers } from './unpack.ts';

const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';

function textOf(entries: readonly Entry[], path: string): string {
  const entry = entries.find((one) => one.path === path);
  assert.ok(entry?.kind === 'file' && Buffer.isBuffer(entry.content), path);
  return entry.content.toString();
}

describe('systemFiles', () => {
  it('gives the user that images run as a name, so that os.userInfo() works', () => {
    assert.match(textOf(systemFiles(), 'etc/passwd'), /^nonroot:x:65532:65532:/m);
    assert.match(textOf(systemFiles(), 'etc/group'), /^nonroot:x:65532:/m);
  });

  it('gives nobody a shell', () => {
    for (const line of textOf(systemFiles(), 'etc/passwd').trimEnd().split('\n'))
      assert.match(line, /:\/sbin\/nologin$/);
  });

  it('resolves host names by file first and DNS after: Kubernetes writes /etc/hosts', () => {
    assert.match(textOf(systemFiles(), 'etc/nsswitch.conf'), /^hosts: files dns$/m);
  });

  it('has a /tmp that any user may write to and nobody may clear', () => {
    const tmp = systemFiles().find(({ path }) => path === 'tmp');
    assert.equal(tmp?.mode, 0o1777);
  });
});

describe('libraryEntries', () => {
  const found = {
    loader: { at: '/lib64/ld-linux-x86-64.so.2', hostPath: '/usr/lib64/ld-2.36.so' },
    libraries: new Map([
      ['libc.so.6', '/lib/x86_64-linux-gnu/libc.so.6'],
      ['libatomic.so.1', '/opt/gcc/lib/libatomic.so.1'],
    ]),
    libraryDir: '/lib/x86_64-linux-gnu',
  };

  it('puts the loader where the binary asks for it', () => {
    const [loader] = libraryEntries(found);
    assert.equal(loader?.path, 'lib64/ld-linux-x86-64.so.2');
    assert.deepEqual(loader?.kind === 'file' && loader.content, { hostPath: '/usr/lib64/ld-2.36.so' });
    assert.equal(loader?.mode, 0o755);
  });

  it("puts every library beside libc, where the loader looks without the host's cache", () => {
    const paths = libraryEntries(found).map(({ path }) => path);
    assert.deepEqual(paths.slice(1), ['lib/x86_64-linux-gnu/libc.so.6', 'lib/x86_64-linux-gnu/libatomic.so.1']);
  });
});

describe('nodeBinary', () => {
  it("is the one in this project's dependencies, not whatever runs this", async () => {
    const path = nodeBinary(architecture);
    assert.match(path, /node_modules\/node-linux-(x64|arm64)\/bin\/node$/);
    assert.ok((await stat(path)).size > 10 << 20);
  });

  it('says how to get the one for another machine', () => {
    const other = architecture === 'amd64' ? 'arm64' : 'amd64';
    assert.throws(
      () => nodeBinary(other),
      (thrown) =>
        thrown instanceof ImageError && thrown.code === 'HostUnsupported' && /run npm ci/.test(thrown.message),
    );
  });
});

describe('nodeRunConfig', () => {
  it('runs Node with arguments, as a non-root user in numbers, which the kubelet can verify', () => {
    const run = nodeRunConfig(['/app/x.js']);
    assert.deepEqual(run.entrypoint, [nodePath, '/app/x.js']);
    assert.equal(run.user, '65532:65532');
    assert.equal(run.workingDir, '/app');
  });

  it("adds an image's own environment to the common one", () => {
    const run = nodeRunConfig([], { env: { PORT: '8080', HOME: '/data' }, exposedPorts: [8080] });
    assert.equal(run.env?.NODE_ENV, 'production');
    assert.equal(run.env?.PORT, '8080');
    assert.equal(run.env?.HOME, '/data');
    assert.deepEqual(run.exposedPorts, [8080]);
  });
});

describe('nodeRuntimeLayer', () => {
  it('holds all that Node needs: it runs with nothing else to see', async (t) => {
    const layer = await nodeRuntimeLayer({ architecture, signal: undefined });
    const root = `${await temporaryDirectory(t)}/root`;
    await unpackLayers([layer], root);
    const script = `const os = require('node:os'); console.log(os.userInfo().username, require('node:fs').existsSync('/bin'), process.version)`;
    if (process.getuid?.() !== 0) return t.diagnostic('not root, so the new root cannot be entered: only unpacked');
    const { stdout } = await promisify(execFile)(
      '/usr/sbin/chroot',
      ['--userspec=65532:65532', root, nodePath, '-e', script],
      {
        env: {},
      },
    );
    assert.match(stdout, /^nonroot false v26\./);
  });

  it('has no shell and no package manager', async () => {
    const { entries } = await nodeRuntimeLayer({ architecture, signal: undefined });
    const programs = arrange(entries).filter(({ path, kind }) => kind === 'file' && /(^|\/)s?bin\//.test(path));
    assert.deepEqual(
      programs.map(({ path }) => path),
      ['usr/local/bin/node'],
    );
  });

  it('has nothing that its user could change, but /tmp', async () => {
    const { entries } = await nodeRuntimeLayer({ architecture, signal: undefined });
    for (const { path, uid, gid, mode } of arrange(entries)) {
      assert.deepEqual([uid, gid], [0, 0], path);
      if (path !== 'tmp') assert.equal(mode & 0o022, 0, path);
    }
  });
});
