import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { objectOf } from '../../test/support/fault-server.ts';
import { bookmark, event, startInformer, versions } from '../../test/support/informer-stage.ts';
import { pageWith, type ScriptedWatch } from '../../test/support/scripted-watch.ts';
import { ApiError } from './errors.ts';

/** The bookmark after what exists (KEP-3157). */
const end = (resourceVersion: string) => {
  const annotations = { 'k8s.io/initial-events-end': 'true' };
  return event('BOOKMARK', { metadata: { name: '', resourceVersion, annotations } });
};
const first = pageWith('5', [objectOf('w1', '1')], 'more');
const rest = pageWith('5', [objectOf('w2', '2')]);

/** An informer that streams: after the first page of a list, this is what the stream has. */
const streaming = (stream: ScriptedWatch, streams = true) =>
  startInformer(
    (c) => {
      c.lists.push(first, rest);
      c.watches.push(stream);
    },
    { streams },
  );

describe('a list that does not fit in one page', () => {
  it('is streamed, and then watched from the version of the stream', async () => {
    const { clock, client, informer, changes } = streaming([
      'open',
      event('ADDED', objectOf('w1', '1')),
      event('ADDED', objectOf('w2', '2')),
      end('7'),
    ]);
    await clock.advance(0);
    assert.deepEqual(client.log, ['list 0', 'watch@5 0', 'watch@7 0']);
    assert.deepEqual(changes, ['sync a/w1 →1', 'sync a/w2 →2']);
    assert.equal(informer.hasSynced(), true);
  });

  it('is asked for with a short page, as what is in it comes once more; where it is not streamed, with whole ones', async () => {
    const limits = async (stream: ScriptedWatch, streams = true) => {
      const { clock, client } = streaming(stream, streams);
      await clock.advance(0);
      return client.asked.filter(({ what }) => what === 'list').map(({ limit }) => limit);
    };
    assert.deepEqual(await limits(['open', end('7')]), [100]);
    assert.deepEqual(await limits([new ApiError('Invalid', 'sendInitialEvents is forbidden')]), [100, undefined]);
    assert.deepEqual(await limits(['hang'], false), [undefined, undefined]);
  });

  it('is not synced before the stream has said that it is whole', async () => {
    const { clock, client, informer } = streaming(['open', event('ADDED', objectOf('w2', '2')), bookmark('6'), 'hang']);
    await clock.advance(0);
    assert.equal(informer.hasSynced(), false);
    client.send(end('7'));
    await clock.advance(0);
    assert.equal(informer.hasSynced(), true);
  });

  it('takes what changes meanwhile: an object of the first page may be gone, with or without a word', async () => {
    const { clock, informer } = streaming([
      'open',
      event('ADDED', objectOf('w2', '2')),
      event('ADDED', objectOf('w3', '3')),
      event('MODIFIED', objectOf('w2', '6')),
      event('DELETED', objectOf('w3', '7')),
      end('8'),
    ]);
    await clock.advance(0);
    assert.deepEqual(versions(informer), { w2: '6' });
  });

  for (const code of ['Invalid', 'BadRequest'] as const) {
    it(`is read page by page from a server that answers ${code}, and is not asked for that again`, async () => {
      const { clock, client, informer } = streaming([new ApiError(code, 'sendInitialEvents is forbidden')]);
      await clock.advance(0);
      assert.deepEqual(client.log, ['list 0', 'watch@5 0', 'list 0', 'watch@5 0']);
      assert.deepEqual(versions(informer), { w1: '1', w2: '2' });
      client.lists.push(first, rest);
      client.break(new ApiError('Gone', 'too old'));
      await clock.advance(0);
      assert.deepEqual(client.log.slice(4), ['list 0', 'list 0', 'watch@5 0']);
    });
  }

  it('is read page by page when the stream ends without having said that it is whole: an older server', async () => {
    const { clock, client, informer } = streaming(['open', event('ADDED', objectOf('w2', '2'))]);
    await clock.advance(0);
    assert.deepEqual(client.log, ['list 0', 'watch@5 0', 'list 0', 'watch@5 0']);
    assert.deepEqual(versions(informer), { w1: '1', w2: '2' });
  });

  it('is begun again when the connection is lost, without objects that went in between', async () => {
    const { clock, client, informer } = streaming([
      'open',
      event('ADDED', objectOf('w9', '3')),
      new ApiError('Network', 'reset'),
    ]);
    client.lists.splice(0, 9, first);
    await clock.advance(0);
    client.watches.push(['open', event('ADDED', objectOf('w1', '1')), end('9')]);
    client.lists.splice(0, 9, first);
    await clock.advance(1_000);
    assert.deepEqual(versions(informer), { w1: '1' });
    assert.equal(informer.hasSynced(), true);
  });

  it('is read page by page unless it is wished otherwise', async () => {
    const { clock, client } = streaming(['hang'], false);
    await clock.advance(0);
    assert.deepEqual(client.log, ['list 0', 'list 0', 'watch@5 0']);
  });
});
