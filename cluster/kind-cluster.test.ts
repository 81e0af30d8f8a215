import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import { releaseFor } from './binaries/release.ts';
import { down, loadImage, status, up } from './cluster.ts';
import { layoutOf } from './layout.ts';

/** kind itself takes Docker. What we ask of it is checked with a script in its place, which notes how it was called. */
const root = await realpath(await temporaryDirectory({ after }));
const bin = join(root, 'bin');
const layout = { ...layoutOf(root, 12345), owner: join(root, 'owner') };
process.env.PATH = `${bin}:${process.env.PATH}`;
// The tests choose for themselves.
delete process.env.K8S_VERSION;

const clusters = join(root, 'clusters');
const script = `#!/bin/sh
echo "$*" >> ${root}/calls
case "$1 $2" in
  "get clusters") cat ${clusters} ;;
  "create cluster") echo smooth-operator >> ${clusters} ;;
  "delete cluster") : > ${clusters} ;;
esac
`;

beforeEach(async () => {
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, 'kind'), script, { mode: 0o755 });
  await writeFile(clusters, 'somebody-elses\n');
  await writeFile(join(root, 'calls'), '');
});

const calls = async () => (await readFile(join(root, 'calls'), 'utf8')).trim().split('\n');

test('up creates a cluster of our name with its own kubeconfig, and waits for it', async () => {
  const cluster = await up({ layout, mode: 'kind' });
  assert.deepEqual(cluster, { mode: 'kind', kubeconfig: layout.kubeconfig, runsPods: true });
  assert.deepEqual(await calls(), [
    'get clusters --quiet',
    `create cluster --name smooth-operator --image ${releaseFor('1.36').kindImage} --kubeconfig ${layout.kubeconfig} --wait 180s`,
  ]);
  assert.equal((await status(layout)).record?.mode, 'kind');
});

test('K8S_VERSION chooses the node image, and one that is not known is refused before anything is made', async (t) => {
  t.after(() => {
    delete process.env.K8S_VERSION;
  });
  process.env.K8S_VERSION = '1.34';
  await up({ layout, mode: 'kind' });
  assert.ok((await calls()).at(-1)?.includes(` --image ${releaseFor('1.34').kindImage} `), (await calls()).join());
  await down({ layout });
  process.env.K8S_VERSION = '1.12';
  await assert.rejects(up({ layout, mode: 'kind' }), /K8S_VERSION="1\.12" is not one of the versions/);
});

test('up again keeps it, images are loaded into it, and down deletes it and no other', async () => {
  await up({ layout, mode: 'kind' });
  const lines: string[] = [];
  await up({ layout, report: (line) => lines.push(line) });
  assert.deepEqual(lines, ['kind cluster smooth-operator: already running']);
  await loadImage('/x/image.tar', layout);
  await down({ layout });
  assert.deepEqual((await calls()).slice(2), [
    'get clusters --quiet',
    `export kubeconfig --name smooth-operator --kubeconfig ${layout.kubeconfig}`,
    'load image-archive /x/image.tar --name smooth-operator',
    `delete cluster --name smooth-operator --kubeconfig ${layout.kubeconfig}`,
  ]);
  assert.equal(existsSync(layout.state), false);
});

test('another kind of cluster than the one that is up is refused', async () => {
  await up({ layout, mode: 'kind' });
  await assert.rejects(up({ layout, mode: 'control-plane' }), {
    code: 'OtherMode',
    message: 'the cluster that is up is kind, asked for is control-plane',
  });
  await down({ layout });
});

test('a kind that fails is told with its last lines', async () => {
  await writeFile(
    join(bin, 'kind'),
    '#!/bin/sh\ntest "$1" = get && exit 0\necho "ERROR: failed to pull image" >&2\nexit 1\n',
    { mode: 0o755 },
  );
  await assert.rejects(up({ layout, mode: 'kind' }), { code: 'CommandFailed', tail: ['ERROR: failed to pull image'] });
});
