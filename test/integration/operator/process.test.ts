import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Lease } from '../../../src/runtime/lease.ts';
import { useControlPlane } from '../../support/control-plane.ts';
import { conditionOf, installMCPServerCrd } from '../../support/operator.ts';
import { type OperatorProcess, operatorUser, startProcess } from '../../support/operator-process.ts';
import { createNamespaceStage } from '../../support/operator-stage.ts';
import { until } from '../../support/until.ts';

/** The operator as a process: its log, its end, and several of them with one lease. */

const plane = await useControlPlane();
await installMCPServerCrd(plane);

const stage = await createNamespaceStage(plane);
const user = await operatorUser(plane, stage.namespace);

const start = (...args: string[]) =>
  startProcess({ args: [`--kubeconfig=${user.kubeconfig}`, `--watch-namespaces=${stage.namespace}`, ...args] });
const accepted = (name: string) =>
  stage.servers.untilStatus(name, 'accepted', (now) => conditionOf(now, 'Accepted')?.status === 'True');

test('its log is one JSON object a line, and every line of a reconcile says of what and which', async () => {
  const operator = await start('--log-level=debug');
  await stage.servers.create('logged');
  await accepted('logged');
  await operator.untilLine('reconciled');
  operator.kill('SIGTERM');
  assert.equal(await operator.ended, 0);

  for (const { ts, level, msg } of operator.lines()) {
    assert.match(ts, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.match(level, /^(debug|info|warn|error)$/);
    assert.ok(msg.length > 0);
  }
  const passes = operator.lines().filter(({ reconcileID }) => reconcileID !== undefined);
  const ids = new Set(passes.map(({ reconcileID }) => reconcileID));
  for (const { reconcileID, controller, namespace, name } of passes) {
    assert.match(String(reconcileID), /^[0-9a-f-]{36}$/);
    assert.deepEqual([controller, namespace, name], ['mcpserver', stage.namespace, 'logged']);
  }
  const created = passes.filter(({ msg }) => msg === 'Creating').map(({ kind, reconcileID }) => [kind, reconcileID]);
  assert.deepEqual(
    created.map(([kind]) => kind),
    ['Service', 'Deployment'],
  );
  assert.equal(created[0]?.[1], created[1]?.[1], 'one pass made both');
  assert.ok(ids.size >= 2, 'each pass has an id of its own');
  assert.equal(operator.stdout(), '');
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} stops it in order: exit 0`, async () => {
    const operator = await start();
    await operator.untilLine('everything is up');
    assert.equal((await operator.page('health', '/readyz')).text, 'ok');
    operator.kill(signal);
    assert.equal(await operator.ended, 0);
    await operator.untilLine('stopping', (line) => line.signal === signal);
    assert.equal(operator.lines().at(-1)?.msg, 'stopped');
    assert.deepEqual(
      operator.lines().filter(({ level }) => level === 'error' || level === 'warn'),
      [],
    );
  });
}

test('work that is under way is brought to its end', async () => {
  const operator = await start('--max-concurrent-reconciles=4');
  await operator.untilLine('everything is up');
  const names = Array.from({ length: 40 }, (_, index) => `drained-${index}`);
  await Promise.all(names.map((name) => stage.servers.create(name)));
  await operator.untilLine('Creating');
  operator.kill('SIGTERM');
  assert.equal(await operator.ended, 0);
  // Each server was either carried through, or not begun.
  for (const name of names) {
    const { status } = await stage.servers.get(name);
    const { items } = JSON.parse(await stage.kubectl('get', 'deploy,svc', '-l', `app=${name}`, '-o', 'json'));
    assert.equal(items.length, status === undefined ? 0 : 2, name);
  }
  assert.deepEqual(
    operator.lines().filter(({ level }) => level === 'error'),
    [],
  );
});

const leading = (operator: OperatorProcess) => operator.untilLine('this process leads');
const elect = () => start('--leader-elect', `--leader-election-namespace=${stage.namespace}`);
const lease = () =>
  plane.send<Lease>(
    'GET',
    `/apis/coordination.k8s.io/v1/namespaces/${stage.namespace}/leases/smooth-operator.mcp.mcp.dev`,
  );
const wrote = (operator: OperatorProcess) =>
  operator.lines().some(({ msg }) => msg === 'Creating' || msg === 'Writing the status');
const isMaster = async (operator: OperatorProcess) =>
  /^leader_election_master_status\{name="[^"]+"\} (\d)$/m.exec((await operator.page('metrics', '/metrics')).text)?.[1];

test('with --leader-elect one works and one waits; SIGTERM hands over, SIGKILL is taken over', async (t) => {
  const first = await elect();
  await leading(first);
  const second = await elect();

  await t.test('one waits, ready and alive, and says for whom', async () => {
    const { holder } = await second.untilLine('waiting for the lease');
    assert.equal(holder, (await lease()).spec?.holderIdentity);
    assert.deepEqual([await isMaster(first), await isMaster(second)], ['1', '0']);
    assert.equal((await second.page('health', '/readyz')).status, 200);
  });

  await t.test('one alone writes', async () => {
    await stage.servers.create('led');
    await accepted('led');
    assert.deepEqual([wrote(first), wrote(second)], [true, false]);
  });

  await t.test('SIGTERM gives the lease back, and the other goes on at once', async () => {
    first.kill('SIGTERM');
    assert.equal(await first.ended, 0);
    await first.untilLine('gave the lease back');
    await leading(second);
    await stage.servers.create('handed-over');
    await accepted('handed-over');
    assert.equal(wrote(second), true);
    assert.equal(await isMaster(second), '1');
  });

  await t.test('after SIGKILL a third takes over when the lease has run out', async () => {
    const third = await elect();
    const { holder } = await third.untilLine('waiting for the lease');
    second.kill('SIGKILL');
    assert.equal(await second.ended, 'SIGKILL');
    await stage.servers.create('taken-over');
    await leading(third);
    const { holderIdentity, leaseTransitions } = (await lease()).spec ?? {};
    assert.notEqual(holderIdentity, holder);
    assert.equal(leaseTransitions, 2);
    await accepted('taken-over');
    third.kill('SIGTERM');
    assert.equal(await third.ended, 0);
    await until(async () => (await lease()).spec?.holderIdentity === '', { what: 'the lease to be free' });
  });
});
