import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useControlPlane } from '../../support/control-plane.ts';
import { conditionOf, installMCPServerCrd, serversIn, startOperator } from '../../support/operator.ts';
import { until } from '../../support/until.ts';

/** Without a controller-manager nobody empties a namespace, so it stays in Terminating for as long as a test looks. */

const plane = await useControlPlane(['etcd', 'kube-apiserver'], { own: true });
await installMCPServerCrd(plane);

test('in a namespace that is being deleted nothing is created, and it is told once', async () => {
  const namespace = await plane.createNamespace();
  const servers = serversIn(plane, namespace);
  await servers.create('weather');
  const operator = await startOperator(plane, { namespaces: [namespace] });
  await servers.untilStatus('weather', 'a status', ({ status }) => status !== undefined);
  await plane.send('DELETE', `/api/v1/namespaces/${namespace}`);
  await plane.kubectl(['-n', namespace, 'delete', 'service/weather']);

  const server = await servers.untilStatus(
    'weather',
    'told',
    (now) => conditionOf(now, 'Accepted')?.status === 'False',
  );
  assert.equal(conditionOf(server, 'Accepted')?.reason, 'NamespaceTerminating');
  assert.match(conditionOf(server, 'Accepted')?.message ?? '', /The namespace is being deleted/);
  assert.deepEqual(operator.log.at('error'), []);

  const looks = () => operator.log.lines.filter(({ message }) => message.startsWith('reconciled')).length;
  const lookAgain = async (value: string) => {
    const before = looks();
    await plane.kubectl(['-n', namespace, 'annotate', '--overwrite', 'smcp/weather', `looked=${value}`]);
    await until(() => looks() > before, { what: 'a reconcile' });
  };
  // The status is seen before the operator has its answer: with this the pass that wrote it is over.
  await lookAgain('at');
  operator.forgetRequests();
  await lookAgain('once more');
  const creates = operator.writes().filter(({ method }) => method === 'PATCH');
  assert.deepEqual(creates, [], 'it is not tried again at once');
  await operator.stop();
});
