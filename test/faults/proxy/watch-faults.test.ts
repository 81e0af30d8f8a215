import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFakeClock } from '../../support/fake-clock.ts';
import { until } from '../../support/until.ts';
import type { SeenAnswer } from './proxy-stage.ts';
import { createProxyStage } from './proxy-stage.ts';
import { path, pod, untilArrived, untilSeen, untilWaiting, watching, whole } from './watch-stage.ts';

describe('a watch that is left alone', () => {
  it('passes lines on as they come, and writes down what each was', async () => {
    const watch = await watching([]);
    watch.stream.event('ADDED', pod('p', 6));
    watch.stream.event('BOOKMARK', { metadata: { resourceVersion: '7' } });
    await untilSeen(watch, 'ADDED p@6', 'BOOKMARK @7');
    watch.stream.end();
    assert.equal(((await watch.ended) as SeenAnswer).status, 200);
    const [added, bookmark] = watch.events();
    assert.ok(added && bookmark);
    assert.deepEqual(
      [added.resource, added.type, added.namespace, added.name, added.uid, added.resourceVersion],
      ['pods', 'ADDED', 'a', 'p', 'uid-p', '6'],
    );
    assert.deepEqual(added.object, pod('p', 6));
    assert.ok(added.sentAt !== undefined);
    assert.deepEqual([bookmark.type, bookmark.resourceVersion], ['BOOKMARK', '7']);
    const [request] = watch.proxy.trace;
    assert.ok(request?.kind === 'request');
    assert.deepEqual([request.verb, request.outcome, request.status], ['watch', 'answered', 200]);
    assert.equal(added.watch, request.seq);
  });

  it('joins a line that comes in pieces, and does not pass on half of one', async () => {
    const watch = await watching([]);
    const line = `${JSON.stringify({ type: 'ADDED', object: pod('pöd', 6) })}\n`;
    await watch.stream.drip(Buffer.from(line), 1);
    await untilSeen(watch, 'ADDED pöd@6');
    assert.equal(watch.pieces.length, 1);
  });

  it('breaks when the API server’s side breaks', async () => {
    const watch = await watching([]);
    watch.stream.event('ADDED', pod('p', 6));
    await untilSeen(watch, 'ADDED p@6');
    watch.stream.reset();
    assert.ok((await watch.ended) instanceof Error);
  });

  it('is closed at the API server when the operator closes it', async () => {
    const watch = await watching([]);
    watch.proxy.cut();
    await watch.ended;
    await until(() => watch.stream.closed || watch.server.open === 0, { what: 'the other side', intervalMs: 2 });
  });

  it('passes a refusal of the API server on', async () => {
    const { ask, proxy } = await createProxyStage((request) => request.status(410, 'Expired'));
    const answer = await ask(path);
    assert.deepEqual([answer.status, JSON.parse(answer.body).reason], [410, 'Expired']);
    const [request] = proxy.trace;
    assert.ok(request?.kind === 'request');
    assert.deepEqual([request.outcome, request.status], ['answered', 410]);
  });
});

describe('a watch as a whole', () => {
  it('expires with HTTP 410', async () => {
    const watch = await watching([whole({ do: 'expire', how: 'http' })]);
    const answer = (await watch.ended) as SeenAnswer;
    assert.deepEqual([answer.status, JSON.parse(answer.body).reason], [410, 'Expired']);
    assert.equal(watch.streams.length, 0);
  });

  it('expires with an event, and a good end', async () => {
    const watch = await watching([whole({ do: 'expire', how: 'in-band' })]);
    assert.equal(((await watch.ended) as SeenAnswer).status, 200);
    assert.deepEqual(watch.seen(), ['ERROR 410']);
  });

  it('has nothing but bookmarks of where it began, then ends well', async () => {
    const clock = createFakeClock();
    const watch = await watching([whole({ do: 'bookmarks-only', everyMs: 500, ms: 1_200 })], { clock });
    for (const step of [500, 500, 200]) {
      await untilWaiting(clock);
      await clock.advance(step);
    }
    assert.equal(((await watch.ended) as SeenAnswer).status, 200);
    assert.deepEqual(watch.seen(), ['BOOKMARK @5', 'BOOKMARK @5', 'BOOKMARK @5']);
  });

  it('has bookmarks of metadata where only metadata was asked for', async () => {
    const { ask, proxy } = await createProxyStage(() => undefined);
    proxy.inject(whole({ do: 'bookmarks-only', everyMs: 1, ms: 1 }));
    const accept = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io';
    const { body } = await ask(path, { headers: { accept } });
    assert.equal(JSON.parse(body.split('\n')[0] ?? '').object.kind, 'PartialObjectMetadata');
  });

  it('ends well after its first event, as often as it is told', async () => {
    const watch = await watching([whole({ do: 'close-after-event' }, 2)]);
    watch.stream.event('BOOKMARK', { metadata: { resourceVersion: '6' } });
    watch.stream.event('ADDED', pod('p', 7));
    watch.stream.event('ADDED', pod('q', 8));
    assert.equal(((await watch.ended) as SeenAnswer).status, 200);
    assert.deepEqual(watch.seen(), ['BOOKMARK @6', 'ADDED p@7']);
    const second = watch.ask(path);
    await until(() => watch.streams.length === 2, { what: 'the second watch', intervalMs: 2 });
    watch.streams[1]?.event('ADDED', pod('q', 8));
    assert.match((await second).body, /"q"/);
    const third = new AbortController();
    const rest = watch.ask(path, { signal: third.signal }).catch(() => 'open until it was given up');
    await until(() => watch.streams.length === 3, { what: 'the third watch', intervalMs: 2 });
    watch.streams[2]?.event('ADDED', pod('r', 9));
    await untilArrived(watch, 5);
    third.abort();
    assert.equal(await rest, 'open until it was given up');
  });

  it('comes in chunks of one byte', async () => {
    const watch = await watching([whole({ do: 'chop', bytes: 1 })]);
    watch.stream.event('ADDED', pod('pöd', 6));
    await untilSeen(watch, 'ADDED pöd@6');
    assert.ok(watch.pieces.every(({ length }) => length === 1));
  });
});
