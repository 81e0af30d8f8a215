import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ApiErrorCode } from '../../../src/runtime/errors.ts';
import { ApiError } from '../../../src/runtime/errors.ts';
import { useControlPlane } from '../../support/control-plane.ts';
import { configMaps } from '../../support/test-resources.ts';
import { until } from '../../support/until.ts';
import type { RequestAction, StatusAnswer } from './fault.ts';
import type { FaultProxyOptions } from './proxy-contract.ts';
import type { RealStage } from './real-server-stage.ts';
import { createRealStage, labelled } from './real-server-stage.ts';

const plane = await useControlPlane(['etcd', 'kube-apiserver']);

/** What the operator's client makes of a fault of an apply, and what is stored then. */
async function applyWith(
  action: RequestAction,
  { times = 1, timeoutMs, ...options }: Partial<FaultProxyOptions> & { times?: number; timeoutMs?: number } = {},
): Promise<RealStage & { readonly error: ApiError | undefined; readonly fired: number }> {
  const stage = await createRealStage(plane, options, timeoutMs);
  const fault = stage.proxy.inject({ on: 'request', match: { verb: 'apply' }, nth: 1, times, action });
  const error = await stage.client.apply(configMaps, labelled(stage.namespace, 'a', '1')).then(
    () => undefined,
    (thrown: unknown) => ApiError.from(thrown),
  );
  return { ...stage, error, fired: fault.fired };
}

describe('the operator’s client, with a write that is refused', () => {
  const codes: readonly [StatusAnswer['status'], ApiErrorCode][] = [
    [403, 'Forbidden'],
    [404, 'NotFound'],
    [409, 'Conflict'],
    [429, 'TooManyRequests'],
    [500, 'ServerError'],
    [502, 'ServerError'],
    [503, 'ServerError'],
    [504, 'Timeout'],
  ];
  it('knows each refusal, and nothing was done', async () => {
    for (const [status, code] of codes) {
      const { error, fired, stored } = await applyWith({ do: 'answer', status, retryAfter: 2, commit: false });
      assert.deepEqual([status, error?.code, error?.retryAfterMs, fired], [status, code, 2_000, 1]);
      assert.deepEqual(await stored(), []);
    }
  });

  it('reads its credentials again after one 401, and gives up after two', async () => {
    const once = await applyWith({ do: 'answer', status: 401, commit: false });
    assert.deepEqual([once.error, await once.stored()], [undefined, ['a=1']]);
    const twice = await applyWith({ do: 'answer', status: 401, commit: false }, { times: 2 });
    assert.deepEqual([twice.error?.code, twice.fired, await twice.stored()], ['Unauthorized', 2, []]);
  });

  it('does not know that it was done when the answer is lost', async () => {
    const late = await applyWith({ do: 'answer', status: 504, commit: true });
    assert.deepEqual([late.error?.code, await late.stored()], ['Timeout', ['a=1']]);
    const lost = await applyWith({ do: 'reset', commit: true });
    assert.deepEqual([lost.error?.code, await lost.stored()], ['Network', ['a=1']]);
    const half = await applyWith({ do: 'truncate' });
    assert.deepEqual([half.error?.code, await half.stored()], ['Network', ['a=1']]);
  });

  it('does not write twice by itself', async () => {
    const { error, stored, proxy } = await applyWith({ do: 'reset', commit: false });
    assert.deepEqual([error?.code, await stored()], ['Network', []]);
    assert.equal(proxy.trace.filter((entry) => entry.kind === 'request' && entry.write !== undefined).length, 1);
  });

  it('waits for what is held, and gives up on a black hole', async () => {
    const held = await applyWith({ do: 'hold', what: 'answer', ms: 50 });
    assert.deepEqual([held.error, await held.stored()], [undefined, ['a=1']]);
    const gone = await applyWith({ do: 'black-hole', commit: true, ms: null }, { timeoutMs: 500 });
    assert.deepEqual([gone.error?.code, await gone.stored()], ['Timeout', ['a=1']]);
    await until(() => gone.proxy.pending === 0, { what: 'the proxy to notice', intervalMs: 5 });
  });
});

describe('the operator’s client, with a read that breaks', () => {
  it('reads again by itself on a kept connection, once', async () => {
    for (const [times, code] of [
      [1, undefined],
      [2, 'Network'],
    ] as const) {
      const { client, proxy, namespace, put } = await createRealStage(plane);
      await put('a', '1');
      await client.get(configMaps, namespace, 'a');
      proxy.inject({ on: 'request', match: { verb: 'get' }, nth: 1, times, action: { do: 'reset', commit: false } });
      const error = await client.get(configMaps, namespace, 'a').then(
        () => undefined,
        (thrown: unknown) => ApiError.from(thrown),
      );
      assert.equal(error?.code, code);
    }
  });
});

describe('a crash', () => {
  for (const [when, told, stored] of [
    ['before', 'Network', []],
    ['after-commit', 'Network', ['a=1']],
    ['after-answer', undefined, ['a=1']],
  ] as const) {
    it(`${when}: ${stored.length === 0 ? 'nothing was' : 'it was'} done, and ${told ? 'nobody' : 'the dead'} knew`, async () => {
      const killed: string[] = [];
      const stage = await applyWith({ do: 'crash', when }, { onCrash: ({ instance }) => void killed.push(instance) });
      assert.equal(stage.error?.code, told);
      await until(() => killed.length === 1, { what: 'the crash', intervalMs: 5 });
      assert.deepEqual(await stage.stored(), stored);
      await assert.rejects(stage.client.apply(configMaps, labelled(stage.namespace, 'b', '1')), { code: 'Network' });
      assert.deepEqual(await stage.stored(), stored, 'nothing more of the dead');
    });
  }
});

it('an older list is what was stored then, and the API server says so itself', async () => {
  const stage = await createRealStage(plane);
  await stage.put('a', '1');
  const following = await stage.follow();
  await stage.put('b', '1');
  await stage.remove('a');
  await until(() => following.cached().join() === 'b=1', { what: 'the cache to follow', intervalMs: 5 });
  const to = { resource: 'configmaps', type: 'ADDED', name: 'b' } as const;
  stage.proxy.inject({ on: 'request', match: { verb: 'list' }, nth: 1, action: { do: 'list-older', to, nth: 1 } });
  const selection = { namespace: stage.namespace, labelSelector: 'app=faults' };
  const names = async () => (await stage.client.list(configMaps, selection)).items.map(({ metadata }) => metadata.name);
  assert.deepEqual(await names(), ['a', 'b']);
  assert.deepEqual(await names(), ['b'], 'once');
});

it('nobody gets through while connections are refused, and all do after that', async () => {
  const { client, proxy, namespace, put } = await createRealStage(plane);
  await put('a', '1');
  await client.get(configMaps, namespace, 'a');
  proxy.refuse();
  await assert.rejects(client.get(configMaps, namespace, 'a'), { code: 'Network' });
  proxy.accept();
  assert.equal((await client.get(configMaps, namespace, 'a')).data?.value, '1');
});
