import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { MCPServer } from '../../../src/api/v1alpha1/mcp-server.ts';
import { writeStatus } from '../../../src/controller/act.ts';
import { useControlPlane } from '../../support/control-plane.ts';
import { installMCPServerCrd, serversIn } from '../../support/operator.ts';
import { clientOf } from '../../support/test-resources.ts';

// Found by the fault plan recreate/…/time-travel: an operator that saw an old state wrote the status of a server that was
// gone onto the one that had come in its place. The API server does not look at the uid when it stores the status of a
// custom resource.

const plane = await useControlPlane(['etcd', 'kube-apiserver']);
await installMCPServerCrd(plane);
const client = await clientOf(plane.kubeconfig);
after(() => client.close());

/** A server, and the one that somebody puts in its place. */
async function replaced(): Promise<{ readonly old: MCPServer; readonly read: () => Promise<MCPServer> }> {
  const namespace = await plane.createNamespace();
  const servers = serversIn(plane, namespace);
  const old = await servers.create('weather');
  await servers.remove('weather');
  await servers.create('weather');
  return { old, read: () => servers.get('weather') };
}

describe('a status', () => {
  test('of a server that is gone is not written to its namesake', async () => {
    const { old, read } = await replaced();
    await assert.rejects(writeStatus(client, old, { phase: 'Running' }), { code: 'Conflict' });
    assert.equal((await read()).status, undefined);
  });

  test('of a spec that has changed since is not written: nobody has looked at the new one', async () => {
    const namespace = await plane.createNamespace();
    const servers = serversIn(plane, namespace);
    const seen = await servers.create('weather');
    await servers.change('weather', { replicas: 2 });
    await assert.rejects(writeStatus(client, seen, { phase: 'Running' }), { code: 'Conflict' });
    assert.equal((await servers.get('weather')).status, undefined);
  });

  test('is not written twice when the answer to the first write is lost: it is read again', async () => {
    const namespace = await plane.createNamespace();
    const servers = serversIn(plane, namespace);
    const seen = await servers.create('weather');
    await writeStatus(client, seen, { phase: 'Pending' });
    await assert.rejects(writeStatus(client, seen, { phase: 'Running' }), { code: 'Conflict' });
    const stored = await servers.get('weather');
    assert.equal(stored.status?.phase, 'Pending');
    await writeStatus(client, stored, { phase: 'Running' });
    assert.equal((await servers.get('weather')).status?.phase, 'Running');
  });
});
