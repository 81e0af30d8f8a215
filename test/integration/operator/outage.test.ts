import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { startControlPlane } from '../../../cluster/control-plane.ts';
import { useControlPlane } from '../../support/control-plane.ts';
import { conditionOf, installMCPServerCrd } from '../../support/operator.ts';
import { operatorUser, startProcess } from '../../support/operator-process.ts';
import { createNamespaceStage } from '../../support/operator-stage.ts';
import { until } from '../../support/until.ts';

/** An API server that is killed and comes back: the operator goes on where it was, without a restart. */

const own = await startControlPlane({ components: ['etcd', 'kube-apiserver'] });
const started: ChildProcess[] = [];
after(async () => {
  for (const child of started) {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
  await own.stop();
});
const plane = await useControlPlane([], { kubeconfig: own.kubeconfig });
await installMCPServerCrd(plane);
const stage = await createNamespaceStage(plane);
const user = await operatorUser(plane, stage.namespace);
const operator = await startProcess({
  args: [`--kubeconfig=${user.kubeconfig}`, `--watch-namespaces=${stage.namespace}`, '--log-level=debug'],
});
await operator.untilLine('everything is up');

/** What starts it, as it was started: same port, same data. */
async function commandOf(pid: number): Promise<readonly string[]> {
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').filter((arg) => arg !== '');
}

const accepted = (name: string) =>
  stage.servers.untilStatus(name, 'accepted', (now) => conditionOf(now, 'Accepted')?.status === 'True');
const version = async (kind: 'deployment' | 'service', name: string) =>
  (await stage.child(kind, name)).metadata.resourceVersion;

test('the API server is killed and comes back', async (t) => {
  const pid = own.pids.get('kube-apiserver') ?? 0;
  const [program = '', ...args] = await commandOf(pid);
  for (const name of ['settled', 'changed', 'damaged']) {
    await stage.servers.create(name);
    await accepted(name);
  }
  const settled = [await version('deployment', 'settled'), await version('service', 'settled')];
  // The version of the whole goes on, so that the operator's is too old for the new API server: it answers 410.
  for (const name of ['a', 'b', 'c']) await stage.kubectl('create', 'configmap', name);
  const before = operator.lines().length;
  const since = () => operator.lines().slice(before);
  const words = (level: string) =>
    since()
      .filter((line) => line.level === level)
      .map(({ msg }) => msg);

  await t.test('while it is away the operator is alive, and says what is wrong', async () => {
    process.kill(pid, 'SIGKILL');
    await until(() => words('warn').includes('Watching failed, trying again'), { what: 'a warning' });
    const error = since().find(({ level }) => level === 'warn')?.error;
    assert.match(
      JSON.stringify(error),
      /cannot reach the API server at https:\/\/127\.0\.0\.1:\d+: connection refused/,
    );
    assert.equal((await operator.page('health', '/healthz')).status, 200);
  });

  await t.test('back again: what was changed right away is carried out, also where a watch was too old', async () => {
    started.push(spawn(program, args, { stdio: 'ignore', cwd: own.dir }));
    const isBack = async () => (await plane.request('GET', '/readyz')).status === 200;
    await until(isBack, { what: 'the API server', deadlineMs: 60_000 });
    await stage.servers.create('new');
    await stage.servers.change('changed', { port: 9090 });
    await stage.kubectl('delete', 'service/damaged', '--wait=false');
    await accepted('new');
    const portOf = async (name: string) => (await stage.child('service', name)).spec.ports[0].port;
    await until(async () => (await portOf('changed')) === 9090, { what: 'the changed port', deadlineMs: 60_000 });
    await until(async () => (await portOf('damaged')) === 8080, { what: 'the deleted Service', deadlineMs: 60_000 });
    const gone = since().filter(({ error }) => /"code":"Gone"/.test(JSON.stringify(error ?? '')));
    assert.ok(gone.length > 0, 'at least one watch was told that its version is too old');
  });

  await t.test('every watch works again, and what was settled was not touched', async () => {
    const failed = new Set(
      since()
        .filter(({ msg, level }) => msg === 'Watching failed, trying again' && level === 'warn')
        .map(({ resource }) => resource),
    );
    const healed = () =>
      new Set(since().flatMap(({ msg, resource }) => (msg === 'Watching works again' ? resource : [])));
    await until(() => [...failed].every((resource) => healed().has(resource)), {
      what: 'all watches',
      deadlineMs: 60_000,
    });
    assert.deepEqual([await version('deployment', 'settled'), await version('service', 'settled')], settled);
    assert.deepEqual(await operator.page('health', '/readyz'), { status: 200, text: 'ok' });
    assert.deepEqual(words('error'), []);
    operator.kill('SIGTERM');
    assert.equal(await operator.ended, 0);
  });
});
