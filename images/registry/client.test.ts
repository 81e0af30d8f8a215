import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { startFakeRegistry } from '../../test/support/fake-registry.ts';
import { until } from '../../test/support/until.ts';
import { registryClient } from './client.ts';

const repository = 'team/app';
const digest = `sha256:${'a'.repeat(64)}`;

describe('registryClient', () => {
  it('gives up on what stays broken after three attempts, and waits longer each time', async () => {
    const registry = await startFakeRegistry({ fail: () => ({ status: 502 }) });
    const clock = createFakeClock();
    const client = registryClient({ host: registry.host, repository, credentials: undefined, clock });
    const asking = client.hasBlob(digest).catch((thrown: unknown) => thrown);
    await until(() => clock.pending().length === 1, { what: 'the first wait' });
    assert.deepEqual(clock.pending(), [1000]);
    await clock.advance(1000);
    await until(() => clock.pending().length === 1, { what: 'the second wait' });
    assert.deepEqual(clock.pending(), [4000]);
    await clock.advance(4000);
    assert.match(String(await asking), /cannot be pushed to: HEAD \/v2\/team\/app\/blobs\/sha256:a+ answered HTTP 502/);
    assert.equal(registry.requests.length, 3);
  });

  it('says why there is no answer', async () => {
    const clock = createFakeClock();
    const client = registryClient({ host: '127.0.0.1:1', repository, credentials: undefined, clock });
    const asking = client.hasBlob(digest).catch((thrown: unknown) => thrown);
    for (const waitMs of [1000, 4000]) {
      await until(() => clock.pending().length === 1, { what: `the wait of ${waitMs} ms` });
      await clock.advance(waitMs);
    }
    assert.match(String(await asking), /127\.0\.0\.1:1 cannot be pushed to: HEAD .*ECONNREFUSED/);
  });

  it('does not try again what will not pass', async () => {
    const registry = await startFakeRegistry({ fail: () => ({ status: 400 }) });
    const client = registryClient({ host: registry.host, repository, credentials: undefined });
    await assert.rejects(client.hasBlob(digest), /answered HTTP 400/);
    assert.equal(registry.requests.length, 1);
  });

  it('does not take a page for the answer of a registry', async () => {
    const registry = await startFakeRegistry({
      fail: () => ({ status: 200, body: '<html>Sign in to the hotel</html>' }),
    });
    const client = registryClient({ host: registry.host, repository, credentials: undefined });
    await assert.rejects(client.putManifest('v1', 'application/json', Buffer.from('{}')), /answered HTTP 200/);
  });
});
