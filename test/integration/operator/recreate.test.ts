import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { useControlPlane } from '../../support/control-plane.ts';
import { conditionOf, installMCPServerCrd } from '../../support/operator.ts';
import { createOperatorStage } from '../../support/operator-stage.ts';
import { podNames, reportPods } from '../../support/pretend-kubelet.ts';
import { until } from '../../support/until.ts';

/** An MCPServer that is deleted and created again at once, while the garbage collector is still at its old children. */

const plane = await useControlPlane();
await installMCPServerCrd(plane);
const { namespace, servers, kubectl, child, events, operator } = await createOperatorStage(plane);
after(operator.stop);

const accepted = (name: string) =>
  servers.untilStatus(name, 'accepted', (now) => conditionOf(now, 'Accepted')?.status === 'True');

const uidOf = async (kind: 'deployment' | 'service', name: string) => (await child(kind, name)).metadata.uid;

/** The owner of each child: uid, and whether it is the controller. */
async function ownersOf(name: string) {
  const children = [await child('deployment', name), await child('service', name)];
  return children.map(({ metadata }) => metadata.ownerReferences?.map(({ uid }: { uid: string }) => uid) ?? []);
}

for (const round of [1, 2, 3]) {
  test(`with the same name at once: new children, no failure kept, round ${round}`, async () => {
    const name = `again-${round}`;
    await servers.create(name, { port: 3000 });
    const { metadata: before } = await accepted(name);
    const old = [await uidOf('deployment', name), await uidOf('service', name)];

    await servers.remove(name);
    await servers.create(name, { port: 4000, image: 'example.com/weather:2.0' });
    const { metadata: now } = await accepted(name);
    assert.notEqual(now.uid, before.uid);
    assert.deepEqual(await ownersOf(name), [[now.uid], [now.uid]]);
    assert.ok(!old.includes(await uidOf('deployment', name)) && !old.includes(await uidOf('service', name)));
    assert.equal((await child('service', name)).spec.ports[0].port, 4000);

    await reportPods(plane, namespace, name, 1, true);
    await servers.untilStatus(name, 'Running', ({ status }) => status?.phase === 'Running');
    const { items } = JSON.parse(await kubectl('get', 'replicasets', '-l', `mcp.mcp.dev/server=${name}`, '-o', 'json'));
    assert.equal(items.length, 1, 'the old ReplicaSet is collected');
  });
}

test('deleted in the foreground: it goes when its children have gone, and comes again', async () => {
  await servers.create('foreground');
  const { metadata: before } = await accepted('foreground');
  await kubectl('delete', 'smcp/foreground', '--cascade=foreground', '--timeout=30s');
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/foreground`;
  assert.equal((await plane.request('GET', path)).status, 404);
  await servers.create('foreground');
  const { metadata: now } = await accepted('foreground');
  assert.notEqual(now.uid, before.uid);
  assert.deepEqual(await ownersOf('foreground'), [[now.uid], [now.uid]]);
});

test('deleted with --cascade=orphan: the children stay, and a server of the same name adopts them', async () => {
  await servers.create('orphan');
  await accepted('orphan');
  await reportPods(plane, namespace, 'orphan', 1, true);
  await servers.untilStatus('orphan', 'Running', ({ status }) => status?.phase === 'Running');
  const uids = [await uidOf('deployment', 'orphan'), await uidOf('service', 'orphan')];
  const pods = await podNames(plane, namespace, 'orphan');

  await kubectl('delete', 'smcp/orphan', '--cascade=orphan', '--timeout=30s');
  assert.deepEqual(await ownersOf('orphan'), [[], []]);

  await servers.create('orphan');
  const server = await servers.untilStatus('orphan', 'Running', ({ status }) => status?.phase === 'Running');
  assert.deepEqual([await uidOf('deployment', 'orphan'), await uidOf('service', 'orphan')], uids);
  assert.deepEqual(await ownersOf('orphan'), [[server.metadata.uid], [server.metadata.uid]]);
  assert.deepEqual(await podNames(plane, namespace, 'orphan'), pods, 'its pods were not replaced');
});

test('thirty times, one after the other, ends with one of everything', async () => {
  await servers.create('hasty', { port: 5000 });
  for (let round = 1; round <= 30; round += 1) {
    await servers.remove('hasty');
    await servers.create('hasty', { port: 5000 + round });
  }
  const { metadata } = await servers.untilStatus(
    'hasty',
    'accepted',
    (now) => conditionOf(now, 'Accepted')?.status === 'True',
  );
  await until(
    async () => {
      assert.deepEqual(await ownersOf('hasty'), [[metadata.uid], [metadata.uid]]);
      return (await child('service', 'hasty')).spec.ports[0].port === 5030;
    },
    { what: 'the children of the last one' },
  );
  const errors = operator.log.lines.filter(({ level }) => level === 'error').map(({ fields }) => String(fields.error));
  assert.deepEqual([...new Set(errors)], []);
});

test('in all of that nothing looked like a failure to a person', async () => {
  await operator.stop();
  const warnings = (await events()).filter(({ type }) => type === 'Warning');
  assert.deepEqual(
    warnings.map(({ text }) => text),
    [],
  );
});
