import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { useControlPlane } from '../../support/control-plane.ts';
import { installMCPServerCrd } from '../../support/operator.ts';
import { unfenced } from '../seeds/catalog.ts';
import { buildOperator } from '../stage/build.ts';
import { type Pair, startPair } from './pair.ts';
import { cutOff, killed, paused, pausedWithoutFence, robbed, terminated } from './scenarios.ts';

/**
 * Two real operators with one lease, and a fault of the leader, while servers are changed all the time. Whatever the
 * fault is: never two who write (oracle O8), and in the end every server is as its last spec says.
 */

const plane = await useControlPlane();
await installMCPServerCrd(plane);

async function withPair<T>(scenario: (pair: Pair) => Promise<T>): Promise<T> {
  await using pair = await startPair(plane);
  return await scenario(pair);
}

// Most of the time they wait for a lease to run out, which they can do side by side.
describe('a leader', { concurrency: 3 }, () => {
  test('stopped in order: the other goes on', async () => void (await withPair(terminated)));

  test('killed: the other goes on when the lease has run out', async () => void (await withPair(killed)));

  test('stopped by SIGSTOP beyond its lease and continued: it writes nothing more, and ends', async () => {
    const { writesAfterResume } = await withPair((pair) => paused(pair, 0));
    assert.equal(writesAfterResume, 0);
  });

  test('whose lease is stolen: it stops writing, and ends', async () => {
    await withPair((pair) => robbed(pair, plane));
  });

  test('whose lease calls hang: it shuts its own fence before the lease runs out', async () => {
    await withPair((pair) => cutOff(pair, 'request'));
  });

  test('whose renewals take effect unknown to it: it shuts its own fence all the same', async () => {
    await withPair((pair) => cutOff(pair, 'answer'));
  });

  test('that has a seeded defect, no fence: it is seen to write beside the next one', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'smooth-unfenced-'));
    after(() => rm(directory, { recursive: true }));
    const { main } = await buildOperator(directory, unfenced.patches);
    await using pair = await startPair(plane, [process.execPath, main]);
    assert.deepEqual((await pausedWithoutFence(pair)).slice(0, 3), ['first', 'second', 'first']);
  });
});
