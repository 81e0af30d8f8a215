import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFakeClock } from '../../support/fake-clock.ts';
import type { FaultHandler } from '../../support/fault-server.ts';
import { listOf, objectOf } from '../../support/fault-server.ts';
import { until } from '../../support/until.ts';
import type { RequestAction, StatusAnswer } from './fault.ts';
import type { FaultProxyOptions } from './proxy-contract.ts';
import { createProxyStage } from './proxy-stage.ts';
import { renderEntry } from './render-trace.ts';
import type { RequestEntry } from './trace.ts';

const path = '/apis/apps/v1/namespaces/ns/deployments/weather';
const put = { method: 'PUT', body: '{}' };
const stored = { kind: 'Deployment', ...objectOf('weather', '7') };
const answering: FaultHandler = (request) => request.json(stored);

/** A stage whose next write meets this. */
async function stageWith(action: RequestAction, options: Partial<FaultProxyOptions> = {}, handler = answering) {
  const stage = await createProxyStage(handler, options);
  const fault = stage.proxy.inject({ on: 'request', match: { resource: 'deployments.apps' }, nth: 1, action });
  const entry = () => stage.proxy.trace.find((one): one is RequestEntry => one.kind === 'request');
  return { ...stage, fault, entry };
}

describe('an answer of the proxy’s own', () => {
  const reasons: readonly [StatusAnswer['status'], string][] = [
    [401, 'Unauthorized'],
    [403, 'Forbidden'],
    [404, 'NotFound'],
    [409, 'Conflict'],
    [410, 'Expired'],
    [429, 'TooManyRequests'],
    [500, 'InternalError'],
    [503, 'ServiceUnavailable'],
    [504, 'Timeout'],
  ];
  for (const [status, reason] of reasons) {
    it(`of ${status} is a Status with the reason ${reason}, and the API server gets nothing`, async () => {
      const { ask, server, fault, entry } = await stageWith({ do: 'answer', status, commit: false });
      const answer = await ask(path, put);
      assert.equal(answer.status, status);
      const body = JSON.parse(answer.body);
      assert.deepEqual([body.kind, body.code, body.reason], ['Status', status, reason]);
      assert.equal(server.requests.length, 0);
      assert.equal(fault.fired, 1);
      assert.deepEqual([entry()?.outcome, entry()?.seenStatus, entry()?.committed], ['faked', status, false]);
      assert.equal((await ask(path, put)).status, 200, 'once');
    });
  }

  it('of 502 is a page that is no JSON, as a load balancer writes it', async () => {
    const { ask } = await stageWith({ do: 'answer', status: 502, commit: false });
    const answer = await ask(path, put);
    assert.equal(answer.status, 502);
    assert.equal(answer.headers['content-type'], 'text/html');
    assert.throws(() => JSON.parse(answer.body), SyntaxError);
  });

  it('says how long to wait', async () => {
    const { ask } = await stageWith({ do: 'answer', status: 429, retryAfter: 3, commit: false });
    assert.equal((await ask(path, put)).headers['retry-after'], '3');
  });

  it('may come although it was done: the trace has both', async () => {
    const { ask, server, entry } = await stageWith({ do: 'answer', status: 504, commit: true });
    assert.equal((await ask(path, put)).status, 504);
    assert.equal(server.requests.length, 1);
    assert.deepEqual([entry()?.committed, entry()?.status, entry()?.seenStatus], [true, 200, 504]);
    assert.equal(entry()?.resourceVersion, '7');
  });
});

describe('a reset', () => {
  it('before it arrives: the API server never gets it', async () => {
    const { ask, server, entry } = await stageWith({ do: 'reset', commit: false });
    await assert.rejects(ask(path, put), { code: 'ECONNRESET' });
    assert.equal(server.requests.length, 0);
    assert.deepEqual([entry()?.outcome, entry()?.committed], ['lost', false]);
  });

  it('instead of the answer: it was done', async () => {
    const { ask, server, entry } = await stageWith({ do: 'reset', commit: true });
    await assert.rejects(ask(path, put), { code: 'ECONNRESET' });
    assert.equal(server.requests.length, 1);
    assert.deepEqual([entry()?.outcome, entry()?.committed, entry()?.status], ['lost', true, 200]);
  });
});

describe('what takes time', () => {
  it('a request that is held reaches the API server when its time has come', async () => {
    const clock = createFakeClock();
    const { ask, server } = await stageWith({ do: 'hold', what: 'request', ms: 2_000 }, { clock });
    const asked = ask(path, put);
    await until(() => clock.pending().length === 1, { what: 'the wait', intervalMs: 2 });
    await clock.advance(1_999);
    assert.equal(server.requests.length, 0);
    await clock.advance(1);
    assert.equal((await asked).status, 200);
  });

  it('an answer that is held was given long ago', async () => {
    const clock = createFakeClock();
    const { ask, server, entry } = await stageWith({ do: 'hold', what: 'answer', ms: 2_000 }, { clock });
    const asked = ask(path, put);
    await until(() => clock.pending().length === 1, { what: 'the wait', intervalMs: 2 });
    assert.equal(server.requests.length, 1);
    assert.deepEqual([entry()?.committed, entry()?.outcome], [true, 'open']);
    await clock.advance(2_000);
    assert.equal((await asked).status, 200);
  });

  it('a black hole says nothing until it ends with a reset', async () => {
    const clock = createFakeClock();
    const { ask, server } = await stageWith({ do: 'black-hole', commit: false, ms: 2_500 }, { clock });
    const asked = assert.rejects(ask(path, put), { code: 'ECONNRESET' });
    await until(() => clock.pending().length === 1, { what: 'the wait', intervalMs: 2 });
    await clock.advance(2_500);
    await asked;
    assert.equal(server.requests.length, 0);
  });

  it('a black hole without an end ends when the client gives up', async () => {
    const { ask, proxy, entry } = await stageWith({ do: 'black-hole', commit: true, ms: null });
    const client = new AbortController();
    const asked = assert.rejects(ask(path, { ...put, signal: client.signal }));
    await until(() => entry()?.committed, { what: 'the request to be done', intervalMs: 2 });
    assert.equal(proxy.pending, 1);
    client.abort();
    await asked;
    await until(() => proxy.pending === 0, { what: 'the proxy to notice', intervalMs: 2 });
  });

  it('goes on at once when the fault is removed', async () => {
    const { ask, fault } = await stageWith({ do: 'hold', what: 'request', ms: 3_600_000 });
    const asked = ask(path, put);
    await fault.firstFired;
    fault.remove();
    assert.equal((await asked).status, 200);
  });
});

describe('a truncated answer', () => {
  it('ends in its middle, with a connection that ends', async () => {
    const { ask, entry } = await stageWith({ do: 'truncate' });
    const pieces: Buffer[] = [];
    await assert.rejects(ask(path, { ...put, onChunk: (chunk) => pieces.push(chunk) }), { code: 'ECONNRESET' });
    const whole = JSON.stringify(stored);
    assert.equal(String(Buffer.concat(pieces)), whole.slice(0, Math.floor(whole.length / 2)));
    assert.deepEqual([entry()?.outcome, entry()?.committed], ['lost', true]);
  });
});

describe('a crash', () => {
  async function crashing(when: 'before' | 'after-commit' | 'after-answer') {
    const crashes: string[] = [];
    const seen = { requests: -1 };
    const stage = await stageWith(
      { do: 'crash', when },
      {
        onCrash({ instance }) {
          crashes.push(instance);
          seen.requests = stage.server.requests.length;
        },
      },
    );
    return { ...stage, crashes, seen };
  }

  it('before the request arrives: nothing was done', async () => {
    const { ask, crashes, seen, server } = await crashing('before');
    await assert.rejects(ask(path, put), { code: 'ECONNRESET' });
    assert.deepEqual([crashes, seen.requests, server.requests.length], [['1'], 0, 0]);
  });

  it('after the commit: it was done, and nobody knows', async () => {
    const { ask, crashes, seen, entry } = await crashing('after-commit');
    await assert.rejects(ask(path, put), { code: 'ECONNRESET' });
    assert.deepEqual([crashes, seen.requests], [['1'], 1]);
    assert.deepEqual([entry()?.committed, entry()?.outcome], [true, 'lost']);
  });

  it('after the answer: it was told, and it was the last thing', async () => {
    const { ask, crashes, proxy, server } = await crashing('after-answer');
    assert.equal((await ask(path, put)).status, 200);
    await until(() => crashes.length === 1, { what: 'the crash', intervalMs: 2 });
    await assert.rejects(ask(path, put), { code: 'ECONNRESET' });
    assert.equal(server.requests.length, 1, 'what the dead send does not arrive');
    proxy.newInstance();
    proxy.cut();
    assert.equal((await ask(path, put).catch(() => ask(path, put))).status, 200);
    assert.equal(server.requests.length, 2);
  });

  it('that goes wrong is told in the trace, and not taken for the operator’s fault', async () => {
    const onCrash = () => Promise.reject(new Error('no such process'));
    const { ask, proxy } = await stageWith({ do: 'crash', when: 'before' }, { onCrash });
    await assert.rejects(ask(path, put), { code: 'ECONNRESET' });
    const notes = proxy.trace.filter(({ kind }) => kind === 'note').map(renderEntry);
    assert.match(notes.join('\n'), /the proxy itself failed at 1: Error: no such process/);
  });
});

describe('an older list', () => {
  const listing: FaultHandler = (request) => {
    if (request.query.get('watch') !== 'true') return request.json(listOf('9', []));
    const stream = request.open();
    stream.event('ADDED', objectOf('weather', '4'));
    stream.event('MODIFIED', objectOf('weather', '6'));
    stream.event('MODIFIED', objectOf('weather', '8'));
  };
  const match = { resource: 'pods', type: 'MODIFIED' } as const;
  const fault = (nth: number) =>
    ({ on: 'request', match: { verb: 'list' }, nth: 1, action: { do: 'list-older', to: match, nth } }) as const;

  it('is asked of the API server as of the version of an event that was seen', async () => {
    const { ask, proxy, server } = await createProxyStage(listing);
    const client = new AbortController();
    const watching = assert.rejects(ask('/api/v1/pods?watch=true', { signal: client.signal }));
    await until(() => proxy.trace.filter(({ kind }) => kind === 'event').length === 3, {
      what: 'events',
      intervalMs: 2,
    });
    proxy.inject(fault(2));
    await ask('/api/v1/pods?limit=500&labelSelector=a');
    const { query } = await server.request(2);
    assert.deepEqual(Object.fromEntries(query), {
      limit: '500',
      labelSelector: 'a',
      resourceVersion: '8',
      resourceVersionMatch: 'Exact',
    });
    await ask('/api/v1/pods');
    assert.equal((await server.request(3)).query.get('resourceVersion'), null, 'once');
    client.abort();
    await watching;
  });

  it('is a new one when the event was never seen, and then the fault was not done', async () => {
    const { ask, proxy, server } = await createProxyStage(listing);
    const injected = proxy.inject(fault(1));
    assert.equal((await ask('/api/v1/pods')).status, 200);
    assert.equal((await server.request(1)).query.get('resourceVersion'), null);
    assert.equal(injected.fired, 0);
    assert.match(proxy.trace.map(renderEntry).join('\n'), /fault 1 cannot be done/);
  });
});
