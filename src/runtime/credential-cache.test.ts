import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import type { Credentials } from './connection.ts';
import { sameTls } from './connection.ts';
import { cacheCredentials } from './credential-cache.ts';

const token = (name: string, ca = 'CA'): Credentials => ({ headers: { authorization: name }, tls: { ca } });

describe('credential cache', () => {
  it('reads once a minute', async () => {
    const clock = createFakeClock();
    let reads = 0;
    const cache = cacheCredentials(clock, async () => token(`t${++reads}`));
    assert.equal((await cache.credentials()).headers.authorization, 't1');
    await clock.advance(59_999);
    assert.equal((await cache.credentials()).headers.authorization, 't1');
    await clock.advance(1);
    assert.equal((await cache.credentials()).headers.authorization, 't2');
  });

  it('reads at once when asked to, and counts the minute from there', async () => {
    const clock = createFakeClock();
    let reads = 0;
    const cache = cacheCredentials(clock, async () => token(`t${++reads}`));
    await cache.credentials();
    await clock.advance(50_000);
    assert.equal((await cache.refresh()).headers.authorization, 't2');
    await clock.advance(50_000);
    assert.equal((await cache.credentials()).headers.authorization, 't2');
  });

  it('lets many callers share one read', async () => {
    let reads = 0;
    const cache = cacheCredentials(createFakeClock(), async () => token(`t${++reads}`));
    await Promise.all([cache.credentials(), cache.credentials(), cache.refresh(), cache.refresh()]);
    assert.equal(reads, 1);
  });

  it('keeps the TLS material as one object for as long as it says the same', async () => {
    let ca = 'one';
    const cache = cacheCredentials(createFakeClock(), async () => token('t', ca));
    const first = await cache.credentials();
    assert.equal((await cache.refresh()).tls, first.tls);
    ca = 'two';
    const second = await cache.refresh();
    assert.notEqual(second.tls, first.tls);
    assert.equal(second.tls.ca, 'two');
  });

  it('keeps what it has when reading fails, and tries again after 5 s, not on every call', async () => {
    const clock = createFakeClock();
    let reads = 0;
    let broken = false;
    const cache = cacheCredentials(clock, async () => {
      reads++;
      if (broken) throw new Error('being swapped');
      return token(`t${reads}`);
    });
    await cache.credentials();
    broken = true;
    await clock.advance(60_000);
    for (let i = 0; i < 10; i++) assert.equal((await cache.credentials()).headers.authorization, 't1');
    assert.equal(reads, 2);
    broken = false;
    await clock.advance(5_000);
    assert.equal((await cache.credentials()).headers.authorization, 't3');
  });

  it('does not wait for ever', async () => {
    const clock = createFakeClock();
    const cache = cacheCredentials(clock, () => new Promise<Credentials>(() => undefined));
    const failed = assert.rejects(cache.credentials(), { code: 'Config', message: /60 s/ });
    await clock.advance(60_000);
    await failed;
  });

  it('leaves no timer', async () => {
    const clock = createFakeClock();
    await cacheCredentials(clock, async () => token('t')).credentials();
    await clock.advance(0);
    assert.deepEqual(clock.pending(), []);
  });

  it('fails when it has nothing, and when it was asked to read', async () => {
    let broken = true;
    const cache = cacheCredentials(createFakeClock(), async () => {
      if (broken) throw new Error('no such file');
      return token('t');
    });
    await assert.rejects(cache.credentials(), /no such file/);
    broken = false;
    await cache.credentials();
    broken = true;
    await assert.rejects(cache.refresh(), /no such file/);
  });
});

describe('sameTls', () => {
  const full = { ca: 'a', cert: 'b', key: 'c', serverName: 'd', insecure: false };
  for (const field of ['ca', 'cert', 'key', 'serverName'] as const) {
    it(`sees a change of ${field}`, () => {
      const next = { ...full, [field]: 'other' };
      assert.equal(sameTls(full, next), next);
    });
  }

  it('sees a change of insecure, and sameness', () => {
    const next = { ...full, insecure: true };
    assert.equal(sameTls(full, next), next);
    assert.equal(sameTls(full, { ...full }), full);
    assert.equal(sameTls(undefined, full), full);
  });
});
