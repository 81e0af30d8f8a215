import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFakeClock } from '../../support/fake-clock.ts';
import { parseCall } from './parse-call.ts';
import { createRecorder } from './recorder.ts';
import { createTravel, olderList, versionOfEvent } from './travel.ts';

const never = new AbortController().signal;

describe('a travel', () => {
  it('concerns its resources, or all', () => {
    const travel = createTravel(createFakeClock());
    assert.equal(travel.versionOf('pods'), undefined);
    travel.begin({ version: '5', resources: ['pods'], ms: 10, signal: never });
    assert.deepEqual([travel.versionOf('pods'), travel.versionOf('services')], ['5', undefined]);
    travel.begin({ version: '6', resources: [], ms: 10, signal: never });
    assert.deepEqual([travel.versionOf('pods'), travel.versionOf('services')], ['6', '6']);
  });

  it('lasts from the first that meets it', async () => {
    const clock = createFakeClock();
    const travel = createTravel(clock);
    travel.begin({ version: '5', resources: [], ms: 10, signal: never });
    await clock.advance(1_000);
    assert.equal(travel.versionOf('pods'), '5', 'the operator was not there yet');
    await clock.advance(9);
    assert.equal(travel.versionOf('pods'), '5');
    await clock.advance(1);
    assert.equal(travel.versionOf('pods'), undefined);
  });

  it('is waited for', async () => {
    const clock = createFakeClock();
    const travel = createTravel(clock);
    await travel.present('pods', never);
    travel.begin({ version: '5', resources: ['pods'], ms: 10, signal: never });
    await travel.present('services', never);
    let present = false;
    const waiting = travel.present('pods', never).then(() => {
      present = true;
    });
    await clock.advance(9);
    assert.equal(present, false);
    await clock.advance(1);
    await waiting;
  });

  it('is not waited for by those who are gone', async () => {
    const travel = createTravel(createFakeClock());
    travel.begin({ version: '5', resources: [], ms: 10, signal: never });
    const client = new AbortController();
    const waiting = travel.present('pods', client.signal);
    client.abort();
    await waiting;
    assert.equal(travel.versionOf('pods'), '5');
  });

  it('ends when its fault is removed, and when another begins', async () => {
    const travel = createTravel(createFakeClock());
    const fault = new AbortController();
    travel.begin({ version: '5', resources: [], ms: 10, signal: fault.signal });
    const waiting = travel.present('pods', never);
    fault.abort();
    await waiting;
    assert.equal(travel.versionOf('pods'), undefined);
    travel.begin({ version: '6', resources: ['pods'], ms: 10, signal: never });
    travel.begin({ version: '7', resources: ['services'], ms: 10, signal: never });
    assert.deepEqual([travel.versionOf('pods'), travel.versionOf('services')], [undefined, '7']);
  });
});

it('the version of the n-th event, each version once', () => {
  const recorder = createRecorder(createFakeClock());
  const call = parseCall({ method: 'GET', url: '/api/v1/pods?watch=true' });
  const watch = recorder.request(call, { instance: '1', connection: 1, text: '', body: undefined });
  const seen: readonly (readonly [string, string])[] = [
    ['ADDED', '3'],
    ['BOOKMARK', '4'],
    ['MODIFIED', '5'],
    ['MODIFIED', '5'],
    ['MODIFIED', '6'],
  ];
  for (const [type, resourceVersion] of seen) recorder.event(watch, type, { metadata: { name: 'p', resourceVersion } });
  const of = (nth: number, type?: 'MODIFIED') =>
    versionOfEvent(recorder.entries, { resource: 'pods', name: '$pod', ...(type && { type }) }, nth, { $pod: 'p' });
  assert.deepEqual([of(1), of(2), of(3), of(4)], ['3', '5', '6', undefined]);
  assert.deepEqual([of(1, 'MODIFIED'), of(2, 'MODIFIED'), of(3, 'MODIFIED')], ['5', '6', undefined]);
});

it('an older list keeps its query, and a page that follows one is left alone', () => {
  assert.equal(olderList('/api/v1/pods', '5'), '/api/v1/pods?resourceVersion=5&resourceVersionMatch=Exact');
  assert.equal(
    olderList('/api/v1/pods?limit=2&resourceVersion=0', '5'),
    '/api/v1/pods?limit=2&resourceVersion=5&resourceVersionMatch=Exact',
  );
  assert.equal(olderList('/api/v1/pods?continue=x', '5'), '/api/v1/pods?continue=x');
});
