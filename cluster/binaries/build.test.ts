import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { ClusterError } from '../cluster-error.ts';
import { waitFor } from '../wait.ts';
import { buildBinaries, passingName } from './build.ts';
import { releaseFor } from './release.ts';

/**
 * The real build takes minutes; here `go` is a script that notes how it was called. That the real one makes binaries
 * that work is what every test of the control plane shows.
 */
const bin = await temporaryDirectory({ after });
const originalPath = process.env.PATH;
process.env.PATH = `${bin}:${originalPath}`;

async function go(script: string): Promise<void> {
  await writeFile(join(bin, 'go'), `#!/bin/sh\n${script}\n`);
  await chmod(join(bin, 'go'), 0o755);
}

const writeOutput = `
  echo "$PWD|$CGO_ENABLED|$GOFLAGS|$*" >> "$(dirname "$0")/calls"
  while [ "$1" != -o ]; do shift; done
  echo built > "$2"
`;

async function request(t: Parameters<typeof temporaryDirectory>[0]) {
  const directory = join(await temporaryDirectory(t), 'bin');
  const lines: string[] = [];
  const report = (line: string) => lines.push(line);
  return { directory, lines, request: { release: releaseFor(undefined), directory, report, signal: undefined } };
}

test('each binary is built from the pinned module, stripped and stamped, and put in place executable', async (t) => {
  await go(writeOutput);
  const { directory, lines, request: made } = await request(t);
  await buildBinaries({ ...made, needed: ['etcd', 'kube-apiserver'] });
  assert.deepEqual((await readdir(directory)).sort(), ['etcd', 'kube-apiserver']);
  const calls = (await readFile(join(bin, 'calls'), 'utf8')).trim().split('\n');
  assert.equal(calls.length, 2);
  const [first = '', second = ''] = calls;
  assert.ok(
    first.startsWith(
      `${join(import.meta.dirname, '..', releaseFor(undefined).module)}|0|-mod=readonly|build -trimpath -ldflags -s -w -X`,
    ),
    first,
  );
  assert.ok(first.endsWith(' k8s.io/kubernetes/cmd/kube-apiserver'), first);
  assert.ok(second.endsWith(' go.etcd.io/etcd/server/v3'), second);
  assert.match(lines.join('\n'), /building kube-apiserver \(1 of 2\).*\n.*building etcd \(2 of 2\).*\nbuilt in/);
});

test('what an interrupted build has finished is not built again, and what it left half is removed', async (t) => {
  await go(writeOutput);
  const { directory, request: made } = await request(t);
  await mkdir(directory);
  await writeFile(join(directory, 'etcd'), 'from before');
  await writeFile(join(directory, '.kubelet.999.tmp'), 'half');
  await buildBinaries({ ...made, needed: ['etcd', 'kubelet'] });
  assert.equal(await readFile(join(directory, 'etcd'), 'utf8'), 'from before');
  assert.deepEqual((await readdir(directory)).sort(), ['etcd', 'kubelet']);
});

test("a failure has the compiler's last lines, and leaves nothing half", async (t) => {
  await go('while [ "$1" != -o ]; do shift; done; echo half > "$2"; echo "x.go:1: undefined: y" >&2; exit 2');
  const { directory, request: made } = await request(t);
  await assert.rejects(buildBinaries({ ...made, needed: ['kubelet'] }), (thrown: unknown) => {
    assert.ok(thrown instanceof ClusterError);
    assert.equal(thrown.code, 'CommandFailed');
    assert.match(thrown.format(), /building kubelet v1\.36\.3 failed[\s\S]*undefined: y[\s\S]*what to do/);
    return true;
  });
  assert.deepEqual(await readdir(directory), []);
});

test('an interrupted build leaves nothing half', async (t) => {
  await go('while [ "$1" != -o ]; do shift; done; echo half > "$2"; exec sleep 60');
  const { directory, request: made } = await request(t);
  const controller = new AbortController();
  const building = buildBinaries({ ...made, needed: ['kubelet'], signal: controller.signal });
  const caught = building.catch((thrown: unknown) => thrown);
  const half = passingName(directory, 'kubelet');
  await waitFor(async () => (await readdir(directory)).includes(half.slice(directory.length + 1)), {
    what: 'the build to begin',
  });
  controller.abort();
  assert.equal(((await caught) as ClusterError).code, 'Aborted');
  assert.deepEqual(await readdir(directory), []);
});

test('without Go it is said what else can be done', async (t) => {
  const { request: made } = await request(t);
  process.env.PATH = '/no/such/directory';
  try {
    await assert.rejects(buildBinaries({ ...made, needed: ['etcd'] }), {
      code: 'ToolMissing',
      fix: /install Go .* or set SMOOTH_KUBERNETES_BIN/,
    });
  } finally {
    process.env.PATH = `${bin}:${originalPath}`;
  }
});
