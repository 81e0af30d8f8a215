import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRecordedLog } from '../../test/support/recorded-log.ts';
import { createHealth, type Health } from './health.ts';

/** Asks for a page as the HTTP server does. */
async function get(health: Health, url: string) {
  const [path = '', query = ''] = url.split('?');
  return health.page({ path, query: new URLSearchParams(query), headers: {}, body: '' });
}

describe('health', () => {
  test('is ok when nothing is wrong', async () => {
    const health = createHealth(createRecordedLog());
    for (const endpoint of ['/healthz', '/readyz']) {
      assert.deepEqual(await get(health, endpoint), { status: 200, body: 'ok' });
    }
  });

  test('tells each check when asked to be verbose', async () => {
    const health = createHealth(createRecordedLog());
    health.add('readyz', 'informer-sync', () => undefined);
    assert.deepEqual(await get(health, '/readyz?verbose'), {
      status: 200,
      body: '[+]ping ok\n[+]informer-sync ok\nreadyz check passed\n',
    });
    assert.deepEqual(await get(health, '/healthz?verbose'), {
      status: 200,
      body: '[+]ping ok\nhealthz check passed\n',
    });
  });

  test('tells every check and the reason when one fails, verbose or not', async () => {
    const log = createRecordedLog();
    const health = createHealth(log);
    health.add('readyz', 'informer-sync', () => 'waiting for the list of pods');
    health.add('readyz', 'shutdown', () => undefined);
    const body =
      '[+]ping ok\n[-]informer-sync failed: waiting for the list of pods\n[+]shutdown ok\nreadyz check failed\n';
    assert.deepEqual(await get(health, '/readyz'), { status: 500, body });
    assert.deepEqual(await get(health, '/readyz?verbose=1'), { status: 500, body });
    assert.deepEqual((await get(health, '/healthz'))?.status, 200, 'the other endpoint does not care');
    assert.deepEqual(log.lines[0]?.fields, { endpoint: 'readyz', failed: ['informer-sync'] });
  });

  test('asks anew each time', async () => {
    const health = createHealth(createRecordedLog());
    let wrong: string | undefined = 'not yet';
    health.add('readyz', 'start', () => wrong);
    assert.equal((await get(health, '/readyz'))?.status, 500);
    wrong = undefined;
    assert.equal((await get(health, '/readyz'))?.status, 200);
  });

  test('serves each check by itself', async () => {
    const health = createHealth(createRecordedLog());
    health.add('healthz', 'event-loop', () => 'late');
    assert.deepEqual(await get(health, '/healthz/event-loop'), { status: 500, body: 'late\n' });
    assert.deepEqual(await get(health, '/healthz/ping'), { status: 200, body: 'ok' });
    assert.equal(await get(health, '/readyz/event-loop'), undefined);
    assert.equal(await get(health, '/healthz/nothing'), undefined);
  });

  test('leaves out what is excluded, and says what could not be', async () => {
    const health = createHealth(createRecordedLog());
    health.add('readyz', 'bad', () => 'broken');
    health.add('readyz', 'good', () => undefined);
    assert.deepEqual(await get(health, '/readyz?verbose&exclude=bad&exclude=nothing'), {
      status: 200,
      body:
        '[+]ping ok\n[+]bad excluded: ok\n[+]good ok\n' +
        'warn: some health checks cannot be excluded: no matches for "nothing"\nreadyz check passed\n',
    });
  });

  test('a check that throws has failed, and takes nothing else down', async () => {
    const health = createHealth(createRecordedLog());
    health.add('healthz', 'broken', () => {
      throw new Error('oops');
    });
    const page = await get(health, '/healthz');
    assert.equal(page?.status, 500);
    assert.match(page?.body ?? '', /\[-\]broken failed: the check itself threw: oops/);
  });

  test('knows no other paths', async () => {
    const health = createHealth(createRecordedLog());
    for (const path of ['/', '', '/livez', '/healthzz', '/healthz/ping/more', '/metrics', '/__proto__']) {
      assert.equal(await get(health, path), undefined, path);
    }
  });
});
