import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFakeClock } from '../../support/fake-clock.ts';
import { parseCall } from './parse-call.ts';
import { createRecorder } from './recorder.ts';
import { renderEntry, renderTrace } from './render-trace.ts';

const objectOf = (version: string, more: object = {}) => ({
  metadata: { namespace: 'ns', name: 'weather', uid: 'u1', resourceVersion: version },
  ...more,
});
const apps = '/apis/apps/v1/namespaces/ns/deployments';
const apply = { method: 'PATCH', url: `${apps}/weather?force=true`, contentType: 'application/apply-patch+yaml' };
const from = { instance: '1', connection: 3, text: '{"a":1}', body: { a: 1 } };

/** Everything that a trace may have, 10 ms apart. */
async function wholeTrace() {
  const clock = createFakeClock();
  const recorder = createRecorder(clock);
  recorder.note('1', 'creates MCPServer weather');
  await clock.advance(10);
  const write = recorder.request(parseCall(apply), from);
  await clock.advance(14);
  recorder.committed(write, { status: 201, body: objectOf('7') });
  recorder.ended(write, 'answered', 201);
  const list = recorder.request(parseCall({ method: 'GET', url: apps }), { ...from, text: '', body: undefined });
  recorder.committed(list, { status: 200, body: { metadata: { resourceVersion: '8' }, items: [objectOf('7')] } });
  recorder.ended(list, 'answered', 200);
  const watch = recorder.request(parseCall({ method: 'GET', url: `${apps}?watch=true&resourceVersion=8` }), from);
  recorder.committed(watch, { status: 200, body: undefined });
  const event = recorder.event(watch, 'MODIFIED', objectOf('9'));
  const fault = recorder.fault('1', event.seq, 2, 'held for 150 ms');
  await clock.advance(150);
  recorder.sent(event);
  const lost = recorder.event(watch, 'DELETED', objectOf('10'));
  return { recorder, write, list, watch, event, lost, fault };
}

describe('a recorder', () => {
  it('numbers entries, requests and writes, and tells when things were', async () => {
    const { recorder, write, list, watch, event, lost } = await wholeTrace();
    assert.deepEqual(
      recorder.entries.map(({ seq }) => seq),
      [1, 2, 3, 4, 5, 6, 7],
    );
    assert.deepEqual(
      [write, list, watch].map(({ request, write: number }) => [request, number]),
      [
        [1, 1],
        [2, undefined],
        [3, undefined],
      ],
    );
    assert.deepEqual([write.t, write.answeredAt], [10, 24]);
    assert.deepEqual([event.t, event.sentAt, lost.sentAt], [24, 174, undefined]);
    assert.equal(event.watch, watch.seq);
  });

  it('keeps what came and what was answered', async () => {
    const { write, list } = await wholeTrace();
    assert.deepEqual([write.body, write.connection, write.resourceVersion, write.uid], [{ a: 1 }, 3, '7', 'u1']);
    assert.deepEqual(write.answer, objectOf('7'));
    assert.deepEqual([list.resourceVersion, list.answer, list.bodyHash], ['8', undefined, undefined]);
    assert.deepEqual(list.items, [{ namespace: 'ns', name: 'weather', uid: 'u1', resourceVersion: '7' }]);
  });

  it('knows the same body again by its hash', () => {
    const recorder = createRecorder(createFakeClock());
    const hash = (text: string) => recorder.request(parseCall(apply), { ...from, text }).bodyHash;
    assert.equal(hash('{"a":1}'), hash('{"a":1}'));
    assert.notEqual(hash('{"a":1}'), hash('{"a":2}'));
  });

  it('takes the first end of a request for its end', async () => {
    const { recorder, write } = await wholeTrace();
    recorder.ended(write, 'lost', undefined);
    assert.deepEqual([write.outcome, write.seenStatus], ['answered', 201]);
  });

  it('keeps a refusal, and a list without items', () => {
    const recorder = createRecorder(createFakeClock());
    const refused = recorder.request(parseCall({ method: 'GET', url: apps }), from);
    recorder.committed(refused, { status: 403, body: { message: 'no' } });
    assert.deepEqual([refused.items, refused.answer], [undefined, { message: 'no' }]);
    const odd = recorder.request(parseCall({ method: 'GET', url: apps }), from);
    recorder.committed(odd, { status: 200, body: { items: null } });
    assert.deepEqual(odd.items, []);
  });
});

describe('a trace for people', () => {
  it('has a line for each entry', async () => {
    const { recorder } = await wholeTrace();
    assert.deepEqual(renderTrace(recorder.entries).split('\n'), [
      '   seq      t ms  inst  what',
      '     1         0  1     # creates MCPServer weather',
      '     2        10  1     → write 1  apply deployments.apps ns/weather → 201 @7 (14 ms)',
      '     3        24  1     → list deployments.apps ns/* → 200 @8, 1 item (0 ms)',
      '     4        24  1     → watch deployments.apps ns/* from @8 → open',
      '     5        24  1     ← MODIFIED deployments.apps ns/weather @9 (passed on 150 ms later)',
      '     6        24  1     ! fault 2, at 5: held for 150 ms',
      '     7       174  1     ← DELETED deployments.apps ns/weather @10 (not passed on)',
    ]);
  });

  it('may leave out what changes nothing, and show what was written', async () => {
    const { recorder } = await wholeTrace();
    assert.deepEqual(renderTrace(recorder.entries, { reads: false, bodies: true }).split('\n').slice(1), [
      '     1         0  1     # creates MCPServer weather',
      '     2        10  1     → write 1  apply deployments.apps ns/weather → 201 @7 (14 ms)',
      '                          {"a":1}',
      '     6        24  1     ! fault 2, at 5: held for 150 ms',
    ]);
  });

  it('keeps to its width, on one line each', () => {
    const recorder = createRecorder(createFakeClock());
    recorder.note('a-long-name', `one\ntwo ${'x'.repeat(300)}`);
    const [header, line] = renderTrace(recorder.entries, { width: 60 }).split('\n');
    assert.equal(line?.length, 60);
    assert.match(line ?? '', /# one two x+…$/);
    assert.equal(header?.indexOf('what'), line?.indexOf('#'));
  });

  it('tells what the operator saw from what the API server did', () => {
    const recorder = createRecorder(createFakeClock());
    const render = (end: 'faked' | 'lost', seen: number | undefined, status?: number) => {
      const entry = recorder.request(parseCall(apply), from);
      if (status !== undefined) recorder.committed(entry, { status, body: objectOf('7') });
      recorder.ended(entry, end, seen);
      return renderEntry(entry).split('weather → ')[1];
    };
    assert.equal(render('faked', 409), '409 from the proxy; the server never got it (0 ms)');
    assert.equal(render('faked', 504, 201), '504 from the proxy; the server answered 201 @7 (0 ms)');
    assert.equal(render('lost', undefined), 'lost; the server never got it (0 ms)');
    assert.equal(render('lost', undefined, 200), 'lost; the server answered 200 @7 (0 ms)');
    assert.equal(renderEntry(recorder.request(parseCall(apply), from)).split('weather → ')[1], '…');
  });

  it('tells why the API server refused, and names what is no resource by its path', () => {
    const recorder = createRecorder(createFakeClock());
    const refused = recorder.request(parseCall({ ...apply, url: `${apps}/weather/status` }), from);
    recorder.committed(refused, { status: 409, body: { message: 'somebody was faster' } });
    recorder.ended(refused, 'answered', 409);
    assert.match(renderEntry(refused), /deployments\.apps\/status ns\/weather → 409 somebody was faster \(0 ms\)$/);
    const version = recorder.request(parseCall({ method: 'GET', url: '/version' }), from);
    recorder.committed(version, { status: 200, body: undefined });
    recorder.ended(version, 'answered', 200);
    assert.equal(renderEntry(version), '→ other /version → 200 (0 ms)');
  });
});
