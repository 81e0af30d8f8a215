import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { releaseFor } from '../../cluster/binaries/release.ts';
import { resolveBinaries } from '../../cluster/binaries/resolve.ts';
import { ClusterError } from '../../cluster/cluster-error.ts';
import { componentNames } from '../../cluster/control-plane/settings.ts';
import { type ControlPlane, startControlPlane } from '../../cluster/control-plane.ts';
import { readKubeconfig } from '../../cluster/kubeconfig.ts';
import { probe } from '../../cluster/probe.ts';
import { identify } from '../../cluster/process/identity.ts';
import { runOrThrow } from '../../cluster/process/run.ts';
import { kubeRequest } from '../support/kube-api.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

const kubectl = (plane: ControlPlane, ...args: string[]) =>
  runOrThrow(plane.kubectl, ['--kubeconfig', plane.kubeconfig, ...args]);

/** Whether none of these processes is there, without trusting what the cluster's own code says of them. */
const gone = async (pids: Iterable<number>) => {
  for (const pid of pids) if ((await identify(pid)) !== undefined) return false;
  return true;
};

test('kubectl works, on loopback only, and the certificate of a stranger is not believed', async (t) => {
  const plane = await startControlPlane();
  t.after(() => plane.stop());
  assert.match(plane.url, /^https:\/\/127\.0\.0\.1:\d+$/);
  const { version } = releaseFor(process.env.K8S_VERSION);
  assert.ok((await kubectl(plane, 'version')).includes(`Server Version: ${version}\n`), version);
  assert.match(await kubectl(plane, 'get', 'namespaces', '-o', 'name'), /namespace\/default/);
  const { server, ca, credentials: stored } = readKubeconfig(await readFile(plane.kubeconfig, 'utf8'));
  assert.deepEqual({ server, ca, stored }, { server: plane.url, ca: plane.ca, stored: plane.admin });
  assert.deepEqual([...plane.pids.keys()], ['etcd', 'kube-apiserver']);
  const stranger = await startControlPlane();
  t.after(() => stranger.stop());
  await assert.rejects(probe(plane.url, { ca: stranger.ca }));
  const credentials = stranger.admin;
  const { status } = await kubeRequest({ url: plane.url, ca: plane.ca, credentials }, 'GET', '/api/v1/namespaces');
  assert.equal(status, 401);
});

test('stop ends exactly its processes, removes its directory, and may be called twice', async () => {
  const [one, two] = await Promise.all([startControlPlane(), startControlPlane()]);
  await one.stop();
  assert.ok(await gone(one.pids.values()));
  assert.equal(existsSync(one.dir), false);
  assert.match(await kubectl(two, 'get', '--raw', '/readyz'), /ok/);
  await one.stop();
  await two.stop();
  assert.ok(await gone(two.pids.values()));
});

test('with all its components, controllers work: a Deployment gets pods, an owner takes what it owns along', async (t) => {
  const plane = await startControlPlane({ components: componentNames });
  t.after(() => plane.stop());
  assert.deepEqual([...plane.pids.keys()], [...componentNames]);
  await kubectl(plane, 'create', 'deployment', 'web', '--image=example.com/web', '--replicas=2');
  const pods = async () =>
    (await kubectl(plane, 'get', 'pods', '-o', 'name')).split('\n').filter((line) => line !== '').length;
  await until(async () => (await pods()) === 2, { what: 'two pods' });
  await kubectl(plane, 'delete', 'deployment', 'web', '--wait=false');
  await until(async () => (await pods()) === 0, { what: 'the pods to be collected' });
});

test('tokens of service accounts are issued and believed', async (t) => {
  const plane = await startControlPlane();
  t.after(() => plane.stop());
  await kubectl(plane, 'create', 'serviceaccount', 'robot');
  const token = (await kubectl(plane, 'create', 'token', 'robot')).trim();
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const { status, body } = await kubeRequest(
    { url: plane.url, ca: plane.ca, credentials: { token } },
    'POST',
    path,
    {},
  );
  assert.equal(status, 201);
  assert.match(JSON.stringify(body), /system:serviceaccount:default:robot/);
});

test('a directory of the caller is used, and a second start in it after a kill -9 works', async (t) => {
  const dir = join(await temporaryDirectory(t), 'plane');
  const first = await startControlPlane({ dir });
  t.after(() => first.stop());
  assert.equal(first.dir, dir);
  for (const pid of first.pids.values()) process.kill(pid, 'SIGKILL');
  await until(() => gone(first.pids.values()), { what: 'the first to be dead' });
  const second = await startControlPlane({ dir });
  t.after(() => second.stop());
  assert.equal(second.ca, first.ca);
  assert.match(await kubectl(second, 'get', '--raw', '/readyz'), /ok/);
});

test('it does not outlive a test process that is killed', async (t) => {
  const dir = join(await temporaryDirectory(t), 'plane');
  const module = join(import.meta.dirname, '../../cluster/control-plane.ts');
  const script = `
    import { startControlPlane } from ${JSON.stringify(module)};
    const plane = await startControlPlane({ dir: process.argv[1] });
    console.log(JSON.stringify([...plane.pids.values()]));
    setInterval(() => undefined, 1000);
  `;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(parent.stdout.setEncoding('utf8'), 'data');
  const pids: number[] = JSON.parse(String(line));
  assert.equal(pids.length, 2);
  assert.equal(await gone(pids.slice(0, 1)), false);
  parent.kill('SIGKILL');
  await until(() => gone(pids), { what: 'its processes to be gone' });
  await until(() => !existsSync(dir), { what: 'its directory to be gone' });
});

test('a component that fails is told with its last lines, and nothing is left', async (t) => {
  const root = await temporaryDirectory(t);
  const binaries = await resolveBinaries({ needed: ['etcd', 'kubectl'] });
  const dir = join(root, 'plane');
  const starting = startControlPlane({
    dir,
    // `env` exits with an error about the flags that only the API server knows.
    binaries: { ...binaries, path: (name) => (name === 'kube-apiserver' ? '/usr/bin/env' : binaries.path(name)) },
  });
  await assert.rejects(starting, (thrown: unknown) => {
    assert.ok(thrown instanceof ClusterError);
    assert.equal(thrown.code, 'ComponentFailed');
    assert.equal(thrown.component, 'kube-apiserver');
    // Depending on when it is looked at: as soon as it was started, or before it was healthy.
    assert.match(thrown.format(), /^error: kube-apiserver ended .*\nlast lines of kube-apiserver:\n {2}\| .*option/);
    assert.equal(thrown.logFile, undefined, 'a file that is gone');
    return true;
  });
  assert.equal(existsSync(dir), false);
});

test('a start that is interrupted leaves nothing', async (t) => {
  const root = await temporaryDirectory(t);
  const controller = new AbortController();
  const report = (line: string) => {
    if (line.startsWith('etcd')) controller.abort();
  };
  const starting = startControlPlane({ dir: join(root, 'plane'), report, signal: controller.signal });
  await assert.rejects(starting, { code: 'Aborted' });
  assert.deepEqual(await readdir(root), []);
  await rm(root, { recursive: true });
});
