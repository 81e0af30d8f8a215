import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useControlPlane } from '../../support/control-plane.ts';
import { installMCPServerCrd } from '../../support/operator.ts';
import { launchProcess, operatorUser } from '../../support/operator-process.ts';
import { blackHole } from './black-hole.ts';
import { startPair } from './pair.ts';

const plane = await useControlPlane();
await installMCPServerCrd(plane);

test('watches that fall silent without being closed are given up, and what was missed is made up for', async () => {
  await using pair = await startPair(plane);
  await blackHole(pair);
  assert.deepEqual(pair.turns(), ['first'], 'the lease was never in danger');
});

// Candidates go by when they saw the lease, never by what stands in it: it may come from a clock that is hours off.
for (const hours of [1, -1]) {
  const words = hours > 0 ? 'ahead' : 'behind';
  test(`a lease whose times are an hour ${words} is waited for as long as any other, and no longer`, async (t) => {
    const namespace = await plane.createNamespace();
    const { kubeconfig } = await operatorUser(plane, namespace);
    const time = new Date(Date.now() + hours * 3_600_000).toISOString().replace('Z', '000Z');
    const spec = { holderIdentity: 'ghost', leaseDurationSeconds: 3, renewTime: time, acquireTime: time };
    const metadata = { name: 'smooth-operator.mcp.mcp.dev' };
    await plane.send('POST', `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`, { metadata, spec });
    const args = [`--kubeconfig=${kubeconfig}`, `--watch-namespaces=${namespace}`, '--leader-elect'];
    const operator = await launchProcess({ args });
    t.after(() => operator.end());
    const seen = await operator.untilLine('waiting for the lease', ({ holder }) => holder === 'ghost');
    const taken = await operator.untilLine('this process leads');
    const waited = Date.parse(taken.ts) - Date.parse(seen.ts);
    assert.ok(waited >= 2_990, `it took the lease after ${waited} ms: the ghost had three seconds`);
  });
}
