import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, test } from 'node:test';
import { releaseFor } from '../../cluster/binaries/release.ts';
import { resolveBinaries } from '../../cluster/binaries/resolve.ts';
import { down, loadImage, status, up } from '../../cluster/cluster.ts';
import { writeRecord } from '../../cluster/cluster-record.ts';
import { componentNames, pidFileOf } from '../../cluster/control-plane/settings.ts';
import { layoutOf } from '../../cluster/layout.ts';
import { runningDaemon } from '../../cluster/process/daemon.ts';
import { runOrThrow } from '../../cluster/process/run.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

/** The cluster of a checkout whose machine cannot run containers: it outlives the commands that start and end it. */
const root = await realpath(await temporaryDirectory({ after }));
const layout = { ...layoutOf(root, 12345), run: join(root, 'run'), owner: join(root, 'owner') };
const mode = 'control-plane';
const sorted = [...componentNames].sort();

afterEach(() => down({ layout }));

async function kubectl(...args: string[]): Promise<string> {
  const binaries = await resolveBinaries({ needed: ['kubectl'] });
  return runOrThrow(binaries.path('kubectl'), ['--kubeconfig', layout.kubeconfig, ...args]);
}

const identities = () =>
  Promise.all(componentNames.map((name) => runningDaemon(pidFileOf({ runDirectory: layout.run }, name))));

async function killAll(): Promise<void> {
  for (const identity of await identities()) if (identity !== undefined) process.kill(identity.pid, 'SIGKILL');
  await until(async () => (await status(layout)).running.length === 0, { what: 'everything to be dead' });
}

test('up starts a control plane that outlives the call; up again starts nothing', async () => {
  const cluster = await up({ layout, mode });
  assert.deepEqual(cluster, { mode, kubeconfig: layout.kubeconfig, runsPods: false });
  assert.deepEqual((await status(layout)).running, sorted);
  const before = await identities();
  const lines: string[] = [];
  // A cluster that is up is kept, whatever kind this machine could have.
  assert.equal((await up({ layout, report: (line) => lines.push(line) })).mode, mode);
  assert.deepEqual(await identities(), before);
  for (const name of componentNames) assert.ok(lines.includes(`${name}: already running`), lines.join('\n'));
});

test('after a kill -9 of everything, up brings the same data back at the same address', async () => {
  await up({ layout, mode });
  await kubectl('create', 'configmap', 'kept', '--from-literal=a=b');
  const server = await kubectl('config', 'view', '-o', 'jsonpath={.clusters[0].cluster.server}');
  await killAll();
  await up({ layout, mode });
  assert.equal(await kubectl('get', 'configmap', 'kept', '-o', 'jsonpath={.data.a}'), 'b');
  assert.equal(await kubectl('config', 'view', '-o', 'jsonpath={.clusters[0].cluster.server}'), server);
});

test('one component that died is started again, the others are left alone', async () => {
  await up({ layout, mode });
  const [etcd, apiServer, manager, scheduler] = await identities();
  assert.ok(scheduler);
  process.kill(scheduler.pid, 'SIGKILL');
  await until(async () => !(await status(layout)).running.includes('kube-scheduler'), {
    what: 'the scheduler to be dead',
  });
  await up({ layout, mode });
  const after = await identities();
  assert.deepEqual(after.slice(0, 3), [etcd, apiServer, manager]);
  assert.notEqual(after[3]?.pid, scheduler.pid);
});

test('two that start it at once start one', async () => {
  const both = await Promise.all([up({ layout, mode }), up({ layout, mode })]);
  assert.deepEqual(both[0], both[1]);
  assert.deepEqual((await status(layout)).running, sorted);
});

test('down ends everything and removes the data; then there is none', async () => {
  await up({ layout, mode });
  const pids = await identities();
  await down({ layout });
  assert.deepEqual(
    await identities(),
    pids.map(() => undefined),
  );
  assert.equal(existsSync(layout.state), false);
  assert.deepEqual(
    (await readdir(root)).filter((name) => name !== '.local'),
    [],
  );
  const lines: string[] = [];
  await down({ layout, report: (line) => lines.push(line) });
  assert.deepEqual(lines, ['no cluster of this checkout is there']);
});

test('down works after a kill -9 of everything, and after somebody removed the files', async () => {
  await up({ layout, mode });
  await killAll();
  await down({ layout });
  assert.equal(existsSync(layout.run), false);

  await up({ layout, mode });
  const running = await identities();
  await rm(layout.state, { recursive: true });
  await down({ layout });
  assert.ok(running.every((identity) => identity !== undefined));
  assert.equal(existsSync(layout.run), false);
});

test('an interrupted start ends what it has started; a failed one can be gone on from', async () => {
  const controller = new AbortController();
  const report = (line: string) => {
    if (line.startsWith('etcd')) controller.abort();
  };
  await assert.rejects(up({ layout, mode, report, signal: controller.signal }), { code: 'Aborted' });
  assert.deepEqual((await status(layout)).running, []);
  assert.equal(existsSync(layout.state), false);

  // Something stands where a log has to go.
  await mkdir(join(layout.logs, 'kube-scheduler.log'), { recursive: true });
  await assert.rejects(up({ layout, mode }), { name: 'ClusterError', message: /EISDIR/ });
  assert.deepEqual(
    (await status(layout)).running,
    sorted.filter((name) => name !== 'kube-scheduler'),
  );
  await rm(join(layout.logs, 'kube-scheduler.log'), { recursive: true });
  await up({ layout, mode });
  assert.deepEqual((await status(layout)).running, sorted);
});

test('images cannot be loaded where no pods run', async () => {
  await writeRecord(layout.record, { mode, version: releaseFor(process.env.K8S_VERSION).version });
  await assert.rejects(loadImage('/x.tar', layout), { code: 'NotRunning', message: 'no cluster that runs pods is up' });
});

test('data of another version is refused, and nothing is started', async () => {
  await writeRecord(layout.record, { mode, version: 'v1.35.9' });
  await assert.rejects(up({ layout, mode }), { code: 'OtherVersion' });
  assert.deepEqual((await status(layout)).running, []);
});

test('a torn record stops a start with the way out, and down removes it', async () => {
  await mkdir(layout.state, { recursive: true });
  await writeFile(layout.record, '{"mode":');
  await assert.rejects(up({ layout, mode }), { name: 'ClusterError', fix: /cluster-down/ });
  await mkdir(layout.run, { recursive: true });
  await down({ layout });
  assert.equal(existsSync(layout.state), false);
});
