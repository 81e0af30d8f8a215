import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { createRecordedLog } from '../../test/support/recorded-log.ts';
import { ApiError } from './errors.ts';
import type { EventSubject, Happening, KubeEvent } from './event-object.ts';
import { createRecorder, type RecorderOptions } from './event-recorder.ts';
import type { KubeObject } from './object.ts';

const subject = (name: string): EventSubject => ({
  resource: { group: 'g', version: 'v1', kind: 'K' },
  metadata: { namespace: 'ns', name, uid: `uid-${name}` },
});
const happening: Happening = { type: 'Warning', reason: 'Broken', message: 'mend it' };

/** A recorder, and a client that notes what is sent and answers as the test says. */
function testRecorder(options: Partial<RecorderOptions> = {}) {
  const clock = createFakeClock();
  const log = createRecordedLog();
  const sent: unknown[] = [];
  const answers: (() => unknown)[] = [];
  const answer = async <T extends KubeObject>(what: unknown, otherwise: object): Promise<T> => {
    sent.push(what);
    const next = answers.shift();
    return ((await next?.()) ?? otherwise) as T;
  };
  const recorder = createRecorder({
    clock,
    log,
    source: { component: 'c', instance: 'i' },
    client: {
      create: (_resource, object) => {
        const { reason, message, count, lastTimestamp } = object as KubeEvent;
        return answer({ create: object.metadata.name, reason, message, count, lastTimestamp }, object);
      },
      mergePatch: (_resource, namespace, name, patch) => answer({ patch: `${namespace}/${name}`, ...patch }, {}),
    },
    ...options,
  });
  const fails =
    (code: ConstructorParameters<typeof ApiError>[0], message = 'no') =>
    () => {
      throw new ApiError(code, message);
    };
  const name = (serial: number) => `a.${clock.now().toString(16)}${serial.toString(16).padStart(4, '0')}`;
  return { answers, clock, fails, log, name, recorder, sent };
}

describe('event recorder: what is sent', () => {
  test('the first time an event, then its count and time', async () => {
    const { clock, name, recorder, sent } = testRecorder();
    const created = name(0);
    recorder.record(subject('a'), happening);
    await clock.advance(5_000);
    recorder.record(subject('a'), happening);
    await clock.advance(0);
    assert.deepEqual(sent, [
      { create: created, reason: 'Broken', message: 'mend it', count: 1, lastTimestamp: '2026-01-01T00:00:00Z' },
      { patch: `ns/${created}`, count: 2, lastTimestamp: '2026-01-01T00:00:05Z' },
    ]);
  });

  test('what happens again while it is being sent goes along in one request', async () => {
    const { answers, clock, recorder, sent } = testRecorder();
    const slow = Promise.withResolvers<undefined>();
    answers.push(() => slow.promise);
    for (let time = 0; time < 5; time += 1) recorder.record(subject('a'), happening);
    await clock.advance(0);
    recorder.record(subject('a'), happening);
    slow.resolve(undefined);
    await clock.advance(0);
    assert.equal(sent.length, 2);
    assert.deepEqual(
      sent.map((each) => (each as KubeEvent).count),
      [1, 6],
    );
  });

  test('an event that the API server has forgotten is told anew, with its count', async () => {
    const { answers, clock, fails, recorder, sent } = testRecorder();
    recorder.record(subject('a'), happening);
    await clock.advance(0);
    answers.push(fails('NotFound'));
    recorder.record(subject('a'), happening);
    await clock.advance(0);
    recorder.record(subject('a'), happening);
    await clock.advance(0);
    assert.deepEqual(
      sent.map((each) => [Object.keys(each as object)[0], (each as KubeEvent).count]),
      [
        ['create', 1],
        ['patch', 2],
        ['create', 2],
        ['patch', 3],
      ],
    );
  });

  test('no more than four requests at a time', async () => {
    const { answers, clock, recorder, sent } = testRecorder();
    const slow = Promise.withResolvers<undefined>();
    for (let each = 0; each < 4; each += 1) answers.push(() => slow.promise);
    for (let each = 0; each < 10; each += 1) recorder.record(subject(`object-${each}`), happening);
    await clock.advance(0);
    assert.equal(sent.length, 4);
    slow.resolve(undefined);
    await clock.advance(0);
    assert.equal(sent.length, 10);
  });
});

describe('event recorder: what goes wrong', () => {
  test('a missing right is said once for each namespace, and again after it had been there', async () => {
    const { answers, clock, fails, log, recorder } = testRecorder();
    const no = fails('Forbidden', 'events is forbidden: User "u" cannot create resource "events" in API group ""');
    const tell = async (name: string, answer: () => unknown) => {
      answers.push(answer);
      recorder.record(subject(name), happening);
      await clock.advance(0);
    };
    await tell('a', no);
    await tell('b', no);
    assert.deepEqual(log.at('warn'), ['events cannot be stored; everything else goes on']);
    await tell('c', () => undefined);
    await tell('d', no);
    assert.equal(log.at('warn').length, 2);
  });

  test('a namespace that takes no more, because it is being deleted, is no missing right', async () => {
    const { answers, clock, fails, log, recorder } = testRecorder();
    answers.push(fails('Forbidden', 'unable to create new content in namespace ns because it is being terminated'));
    recorder.record(subject('a'), happening);
    await clock.advance(0);
    assert.deepEqual(log.at('warn'), []);
  });

  test('a failure is noted for developers and not tried again', async () => {
    const { answers, clock, fails, log, recorder, sent } = testRecorder();
    answers.push(fails('Forbidden'));
    recorder.record(subject('a'), happening);
    await clock.advance(3_600_000);
    assert.equal(sent.length, 1);
    assert.deepEqual([...log.at('error'), ...log.at('warn'), ...log.at('info')], []);
    assert.equal(log.line('event not stored').fields.reason, 'Broken');
  });

  test('an event that failed is created at its next time', async () => {
    const { answers, clock, fails, recorder, sent } = testRecorder();
    answers.push(fails('ServerError'));
    recorder.record(subject('a'), happening);
    recorder.record(subject('a'), happening);
    await clock.advance(0);
    assert.equal(sent.length, 1, 'the repetition does not make it try again by itself');
    recorder.record(subject('a'), happening);
    await clock.advance(0);
    assert.deepEqual(
      sent.map((each) => [Object.keys(each as object)[0], (each as KubeEvent).count]),
      [
        ['create', 1],
        ['create', 3],
      ],
    );
  });

  test('a failing patch, and a failing second telling, are dropped as well', async () => {
    const { answers, clock, fails, recorder, sent } = testRecorder();
    recorder.record(subject('a'), happening);
    await clock.advance(0);
    answers.push(fails('Timeout'));
    recorder.record(subject('a'), happening);
    await clock.advance(0);
    answers.push(fails('NotFound'), fails('NotFound'));
    recorder.record(subject('a'), happening);
    await clock.advance(0);
    assert.equal(sent.length, 4);
  });

  test('too many about one object are dropped before they cost a request', async () => {
    const { clock, log, recorder, sent } = testRecorder({ burst: 2 });
    for (let each = 0; each < 5; each += 1) recorder.record(subject('a'), { ...happening, message: `m${each}` });
    await clock.advance(0);
    assert.equal(sent.length, 2);
    assert.equal(log.lines.filter(({ message }) => message === 'event dropped').length, 3);
    assert.equal(log.line('event dropped').fields.why, 'too many about this object');
  });

  test('too many waiting are dropped', async () => {
    const { answers, clock, log, recorder, sent } = testRecorder({ maxWaiting: 3 });
    const slow = Promise.withResolvers<undefined>();
    for (let each = 0; each < 4; each += 1) answers.push(() => slow.promise);
    for (let each = 0; each < 10; each += 1) recorder.record(subject(`object-${each}`), happening);
    slow.resolve(undefined);
    await clock.advance(0);
    assert.equal(sent.length, 7, 'four under way and three waiting');
    assert.equal(log.line('event dropped').fields.why, 'too many wait to be sent');
  });

  test('recording never throws', () => {
    const { recorder } = testRecorder({
      client: {
        create: () => {
          throw new Error('at once');
        },
        mergePatch: () => Promise.reject('text'),
      },
    });
    assert.doesNotThrow(() => recorder.record(subject('a'), happening));
  });
});

describe('event recorder: stopping', () => {
  test('sends what waits', async () => {
    const { answers, clock, recorder, sent } = testRecorder();
    const slow = Promise.withResolvers<undefined>();
    for (let each = 0; each < 4; each += 1) answers.push(() => slow.promise);
    for (let each = 0; each < 6; each += 1) recorder.record(subject(`object-${each}`), happening);
    await clock.advance(0);
    let stopped = false;
    const stopping = Promise.resolve(recorder.stop?.({ clean: true })).then(() => {
      stopped = true;
    });
    await clock.advance(1_999);
    assert.equal(stopped, false);
    slow.resolve(undefined);
    await stopping;
    assert.equal(sent.length, 6);
    assert.deepEqual(clock.pending(), []);
  });

  test('gives up after two seconds, and says how many were lost', async () => {
    const { answers, clock, log, recorder } = testRecorder();
    answers.push(() => new Promise(() => undefined));
    recorder.record(subject('a'), happening);
    const stopping = recorder.stop?.({ clean: true });
    await clock.advance(2_000);
    await stopping;
    assert.equal(log.line('events dropped').fields.events, 1);
  });

  test('takes nothing new', async () => {
    const { clock, log, recorder, sent } = testRecorder();
    await recorder.stop?.({ clean: true });
    recorder.record(subject('a'), happening);
    await clock.advance(0);
    assert.deepEqual(sent, []);
    assert.equal(log.line('event dropped').fields.why, 'stopping');
  });
});
