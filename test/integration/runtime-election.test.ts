import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Lease, LeaseSpec } from '../../src/runtime/lease.ts';
import { useControlPlane } from '../support/control-plane.ts';
import { startProgram } from '../support/program.ts';
import { until } from '../support/until.ts';

/** Leader election on a real API server, between real processes that get real signals. */

const cluster = await useControlPlane(['etcd', 'kube-apiserver']);
const candidate = join(import.meta.dirname, '../support/candidate.ts');

/** Short times, so that a take-over is a matter of seconds; or a lease that outlives the test. */
const short = ['3000', '2000', '500'] as const;
const long = ['120000', '100000', '500'] as const;

async function createStage() {
  const namespace = await cluster.createNamespace();
  const leasePath = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/candidates`;
  const lease = async (): Promise<LeaseSpec> => (await cluster.send<Lease>('GET', leasePath)).spec ?? {};
  return {
    lease,
    leasePath,
    start: (identity: string, times: readonly string[]) =>
      startProgram([candidate, cluster.kubeconfig, namespace, identity, ...times]),
    async holds(identity: string): Promise<LeaseSpec> {
      const what = `${identity} to hold the lease`;
      return until(async () => ((await lease()).holderIdentity === identity ? lease() : undefined), { what });
    },
    /** The version of what a candidate writes: it changes with each write. */
    async written(identity: string): Promise<string | undefined> {
      const { body } = await cluster.request('GET', `/api/v1/namespaces/${namespace}/configmaps/${identity}`);
      return (body as { metadata?: { resourceVersion?: string } }).metadata?.resourceVersion;
    },
  };
}

describe('leader election between processes', () => {
  test('the first one leads and writes, the second one says for whom it waits', async () => {
    const stage = await createStage();
    const first = stage.start('first', long);
    await first.said('wrote');
    const second = stage.start('second', long);
    const { holder, lease } = await second.said('waiting for the lease');
    assert.equal(holder, 'first');
    assert.match(String(lease), /\/candidates$/);
    const { leaseTransitions, leaseDurationSeconds, renewTime, acquireTime } = await stage.lease();
    assert.deepEqual([leaseTransitions, leaseDurationSeconds], [0, 120]);
    assert.match(`${renewTime} ${acquireTime}`, /\.\d{6}Z .*\.\d{6}Z$/);
    assert.equal(await stage.written('second'), undefined, 'nobody but the leader has written');
  });

  test('SIGTERM hands the lease over: the next one need not wait for it to expire', async () => {
    const stage = await createStage();
    const first = stage.start('first', long);
    await first.said('wrote');
    const second = stage.start('second', long);
    await second.said('waiting for the lease');
    first.kill('SIGTERM');
    assert.equal(await first.ended(), 0);
    await first.said('gave the lease back');
    const { leaseTransitions } = await stage.holds('second');
    assert.equal(leaseTransitions, 1);
    await second.said('wrote');
  });

  test('the last one leaves a lease that nobody holds', async () => {
    const stage = await createStage();
    const only = stage.start('only', long);
    await only.said('wrote');
    only.kill('SIGTERM');
    assert.equal(await only.ended(), 0);
    const { holderIdentity, leaseDurationSeconds } = await stage.lease();
    assert.deepEqual([holderIdentity ?? '', leaseDurationSeconds], ['', 1]);
    await stage.start('later', long).said('wrote');
  });

  test('after SIGKILL the next one takes over when the lease has expired', async () => {
    const stage = await createStage();
    const first = stage.start('first', short);
    await first.said('wrote');
    const second = stage.start('second', short);
    await second.said('waiting for the lease');
    first.kill('SIGKILL');
    assert.equal(await first.ended(), 'SIGKILL');
    assert.equal((await stage.holds('second')).leaseTransitions, 1);
    await second.said('wrote');
  });

  test('one that was paused beyond its lease writes nothing after it resumes, and ends', async () => {
    const stage = await createStage();
    const first = stage.start('first', short);
    await first.said('wrote');
    const second = stage.start('second', short);
    await second.said('waiting for the lease');
    first.kill('SIGSTOP');
    await stage.holds('second');
    await second.said('wrote');
    const before = await stage.written('first');
    assert.ok(before);
    first.kill('SIGCONT');
    assert.equal(await first.ended(), 1);
    const { error } = await first.said('cannot go on');
    assert.equal((error as { code: string }).code, 'LeaseLost');
    assert.equal(await stage.written('first'), before);
    assert.equal((await stage.lease()).holderIdentity, 'second');
  });

  test('one whose lease was stolen ends at once and leaves it to the thief', async () => {
    const stage = await createStage();
    const first = stage.start('first', long);
    await first.said('wrote');
    await cluster.send('PATCH', stage.leasePath, { spec: { holderIdentity: 'thief' } });
    assert.equal(await first.ended(), 1);
    const { error } = await first.said('cannot go on');
    assert.match((error as { message: string }).message, /thief holds it now; another process may lead now/);
    assert.equal((await stage.lease()).holderIdentity, 'thief');
  });

  test('a lease that somebody deletes is made again by its holder', async () => {
    const stage = await createStage();
    const first = stage.start('first', long);
    await first.said('wrote');
    await cluster.send('DELETE', stage.leasePath);
    await until(async () => (await cluster.request('GET', stage.leasePath)).status === 200, {
      what: 'the lease to be back',
    });
    assert.equal((await stage.lease()).holderIdentity, 'first');
    first.kill('SIGTERM');
    assert.equal(await first.ended(), 0);
  });
});
