import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { systemClock } from '../../src/runtime/clock.ts';
import type { EventSubject, Happening, KubeEvent } from '../../src/runtime/event-object.ts';
import { createRecorder, type RecorderOptions } from '../../src/runtime/event-recorder.ts';
import { useControlPlane } from '../support/control-plane.ts';
import { createRecordedLog } from '../support/recorded-log.ts';
import { clientOf, configMap, configMaps } from '../support/test-resources.ts';
import { until } from '../support/until.ts';

/** Events on a real API server: what it takes, and what kubectl shows of it. */

const cluster = await useControlPlane(['etcd', 'kube-apiserver']);
const client = await clientOf(cluster.kubeconfig);
after(() => client.close());

const broken: Happening = { type: 'Warning', reason: 'Broken', message: 'mend it' };

/** A ConfigMap, a recorder, and what the API server knows about the one from the other. */
async function createStage(options: Partial<RecorderOptions> = {}) {
  const namespace = await cluster.createNamespace();
  const { metadata } = await client.apply(configMaps, configMap(namespace, 'subject', {}));
  const subject: EventSubject = { resource: configMaps, metadata };
  const log = createRecordedLog();
  const recorder = createRecorder({
    client,
    clock: systemClock,
    log,
    source: { component: 'smooth-operator', instance: 'test' },
    ...options,
  });
  const stored = async () => {
    const list = await cluster.send<{ items: KubeEvent[] }>('GET', `/api/v1/namespaces/${namespace}/events`);
    return list.items;
  };
  return { log, namespace, recorder, stored, subject };
}

describe('events on an API server', () => {
  test('are stored with everything that they are about', async () => {
    const { recorder, stored, subject } = await createStage();
    recorder.record(subject, broken);
    await recorder.stop?.({ clean: true });
    const [event, ...others] = await stored();
    assert.deepEqual(others, []);
    assert.ok(event);
    const { type, reason, message, count, involvedObject, source, reportingComponent } = event;
    assert.deepEqual({ type, reason, message, count }, { ...broken, count: 1 });
    assert.equal(involvedObject.uid, subject.metadata.uid);
    assert.equal(source.component, 'smooth-operator');
    assert.equal(reportingComponent, 'smooth-operator');
  });

  test('are shown by kubectl describe', async () => {
    const { namespace, recorder, subject } = await createStage();
    recorder.record(subject, broken);
    await recorder.stop?.({ clean: true });
    const text = await cluster.kubectl(['describe', 'configmap', 'subject', '--namespace', namespace]);
    assert.match(text, /Warning\s+Broken\s+.*smooth-operator\s+mend it/);
  });

  test('the same again raises the count of the one that is there', async () => {
    const { recorder, stored, subject } = await createStage();
    recorder.record(subject, broken);
    await until(async () => (await stored()).length === 1, { what: 'the event to be stored' });
    recorder.record(subject, broken);
    recorder.record(subject, broken);
    await recorder.stop?.({ clean: true });
    assert.deepEqual(
      (await stored()).map(({ count }) => count),
      [3],
    );
  });

  test('one that somebody deleted is told anew', async () => {
    const { namespace, recorder, stored, subject } = await createStage();
    recorder.record(subject, broken);
    await until(async () => (await stored()).length === 1, { what: 'the event to be stored' });
    await cluster.send('DELETE', `/api/v1/namespaces/${namespace}/events`);
    recorder.record(subject, broken);
    await recorder.stop?.({ clean: true });
    assert.deepEqual(
      (await stored()).map(({ count }) => count),
      [2],
    );
  });

  test('a message that is too long is cut to what the API server takes, whatever its letters', async () => {
    const { recorder, stored, subject } = await createStage();
    recorder.record(subject, { ...broken, message: 'ä😀'.repeat(1_000) });
    await recorder.stop?.({ clean: true });
    const [event] = await stored();
    assert.ok(event);
    assert.ok(event.message.endsWith('…'));
    assert.ok(Buffer.byteLength(event.message) <= 1_024);
  });

  test('about something without a namespace are stored in default', async () => {
    const { namespace, recorder } = await createStage();
    const about = await cluster.send<KubeEvent>('GET', `/api/v1/namespaces/${namespace}`);
    const resource = { group: '', version: 'v1', kind: 'Namespace' };
    recorder.record({ resource, metadata: about.metadata }, broken);
    await recorder.stop?.({ clean: true });
    const path = `/api/v1/namespaces/default/events?fieldSelector=involvedObject.uid=${about.metadata.uid}`;
    assert.equal((await cluster.send<{ items: unknown[] }>('GET', path)).items.length, 1);
  });

  test('what the API server refuses is dropped without a word, and once', async () => {
    const { log, recorder, stored, subject } = await createStage();
    const gone = { ...subject, metadata: { ...subject.metadata, namespace: 'no-such-namespace' } };
    recorder.record(gone, broken);
    await recorder.stop?.({ clean: true });
    assert.deepEqual(await stored(), []);
    assert.deepEqual(
      log.lines.map(({ level, message }) => [level, message]),
      [['debug', 'event not stored']],
    );
  });

  test('a hundred about one object cost it no more than its budget', async () => {
    const { recorder, stored, subject } = await createStage();
    for (let number = 0; number < 100; number += 1)
      recorder.record(subject, { ...broken, message: `number ${number}` });
    await recorder.stop?.({ clean: true });
    assert.equal((await stored()).length, 25);
  });
});
