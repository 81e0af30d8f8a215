import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atRest } from '../../support/at-rest.ts';
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
  await atRest(operator);
  const before = looks();
  operator.forgetRequests();
  await plane.kubectl(['-n', namespace, 'annotate', 'smcp/weather', 'looked=at']);
  await until(() => looks() > before, { what: 'a reconcile' });
  const creates = operator.writes().filter(({ method }) => method === 'PATCH');
  assert.deepEqual(creates, [], 'it is not tried again at once');
  await operator.stop();
});
