import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { createRecordedLog } from '../../test/support/recorded-log.ts';
import { ApiError } from './errors.ts';
import { guarded } from './guarded-page.ts';
import type { Page } from './http-server.ts';

/** An API server that knows some tokens, and whom each may let in. */
function stage(answer: (kind: string, who: string) => object | Error | Promise<object>) {
  const clock = createFakeClock();
  const log = createRecordedLog();
  const asked: { kind: string; spec: object }[] = [];
  const client = {
    async create(resource: { kind: string }, object: object) {
      const { spec } = object as { spec: { token?: string; user?: string } };
      asked.push({ kind: resource.kind, spec });
      const said = await answer(resource.kind, spec.token ?? spec.user ?? '');
      if (said instanceof Error) throw said;
      return said as never;
    },
  };
  let served = 0;
  const page = guarded(
    () => {
      served += 1;
      return { status: 200, body: 'numbers' };
    },
    { client, clock, log },
  );
  const get = async (authorization?: string): Promise<Page> =>
    (await page({
      path: '/metrics',
      query: new URLSearchParams(),
      headers: authorization === undefined ? {} : { authorization },
      body: '',
    })) ?? assert.fail('no page');
  return { clock, log, asked, get, served: () => served };
}

const user = { username: 'prometheus', uid: 'u', groups: ['g'], extra: { a: ['b'] } };
/** `good` is the token of prometheus, who may; `known` is that of somebody who may not. */
const normal = (kind: string, who: string) => {
  if (kind !== 'TokenReview') return { status: { allowed: who === 'prometheus' } };
  if (who === 'known') return { status: { authenticated: true, user: { username: 'somebody' } } };
  return { status: who === 'good' ? { authenticated: true, user } : { authenticated: false } };
};

describe('a guarded page', () => {
  test('is for who may get it, and asks who that is as kubebuilder’s operators do', async () => {
    const { get, asked } = stage(normal);
    assert.deepEqual(await get('Bearer good'), { status: 200, body: 'numbers' });
    assert.deepEqual(asked, [
      { kind: 'TokenReview', spec: { token: 'good' } },
      {
        kind: 'SubjectAccessReview',
        spec: {
          user: 'prometheus',
          uid: 'u',
          groups: ['g'],
          extra: { a: ['b'] },
          nonResourceAttributes: { path: '/metrics', verb: 'get' },
        },
      },
    ]);
  });

  for (const header of [undefined, '', 'Bearer', 'Bearer ', 'Basic Z29vZA==', 'good', 'Bearer a b']) {
    test(`is 401 for ${JSON.stringify(header)}, and nobody is asked`, async () => {
      const { get, asked, served } = stage(normal);
      const page = await get(header);
      assert.deepEqual(
        [page.status, page.headers?.['WWW-Authenticate'], asked.length, served()],
        [401, 'Bearer', 0, 0],
      );
    });
  }

  test('is 401 for a token that nobody has', async () => {
    const { get, served } = stage(normal);
    assert.deepEqual([(await get('Bearer made-up')).status, served()], [401, 0]);
  });

  test('is 403 for somebody who may not, and says which role lets them', async () => {
    const { get, served } = stage(normal);
    const page = await get('bearer known');
    assert.equal(page.status, 403);
    assert.match(page.body, /metrics-reader/);
    assert.equal(served(), 0);
  });

  test('is 503 when nobody can be asked, and asks anew the next time', async () => {
    let down = true;
    const { get, log } = stage((...args) =>
      down ? new ApiError('Forbidden', 'cannot create resource "tokenreviews"') : normal(...args),
    );
    assert.equal((await get('Bearer good')).status, 503);
    assert.match(String(log.line('cannot ask the API server who calls').fields.error), /tokenreviews/);
    down = false;
    assert.equal((await get('Bearer good')).status, 200);
  });

  test('never logs or repeats a token', async () => {
    const { get, log } = stage(() => new ApiError('Timeout', 'late'));
    const page = await get('Bearer swordfish');
    assert.doesNotMatch(JSON.stringify([page, log.lines]), /swordfish/);
  });
});

describe('an answer holds', () => {
  test('for a minute when it was yes', async () => {
    const { get, asked, clock } = stage(normal);
    await get('Bearer good');
    await clock.advance(59_999);
    await get('Bearer good');
    assert.equal(asked.length, 2);
    await clock.advance(1);
    await get('Bearer good');
    assert.equal(asked.length, 4);
  });

  test('for ten seconds when it was no', async () => {
    const { get, asked, clock } = stage(normal);
    await get('Bearer made-up');
    await get('Bearer made-up');
    assert.equal(asked.length, 1);
    await clock.advance(10_000);
    await get('Bearer made-up');
    assert.equal(asked.length, 2);
  });

  test('for its own token alone', async () => {
    const { get } = stage(normal);
    assert.equal((await get('Bearer good')).status, 200);
    assert.equal((await get('Bearer made-up')).status, 401);
  });
});

test('many at once with one token ask once; with made-up ones, a few ask and the others are told to wait', async () => {
  const held = Promise.withResolvers<void>();
  const { get, asked } = stage(async (...args) => {
    await held.promise;
    return normal(...args);
  });
  const same = Array.from({ length: 5 }, () => get('Bearer good'));
  const others = Array.from({ length: 10 }, (_, index) => get(`Bearer made-up-${index}`));
  held.resolve();
  assert.deepEqual(
    (await Promise.all(same)).map(({ status }) => status),
    [200, 200, 200, 200, 200],
  );
  const statuses = (await Promise.all(others)).map(({ status }) => status);
  assert.deepEqual(statuses, [401, 401, 401, 429, 429, 429, 429, 429, 429, 429]);
  assert.equal(asked.filter(({ kind }) => kind === 'TokenReview').length, 4);
});
