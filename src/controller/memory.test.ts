import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aServer, aSnapshot, NOW } from '../../test/support/snapshots.ts';
import { createRefusalMemory, type RefusalMemory } from './memory.ts';
import type { Refusal } from './refusals.ts';
import type { Snapshot } from './snapshot.ts';
import type { KnownTools } from './tools-change.ts';

const refusal: Refusal = { reason: 'QuotaExceeded', message: 'full', hash: 'h', retryAt: NOW + 10_000, times: 1 };

function after(seconds: number, fields: Partial<Snapshot> = {}): Snapshot {
  return aSnapshot({ now: NOW + seconds * 1000, ...fields });
}

function heal(memory: RefusalMemory, seconds: number, fields: Partial<Snapshot> = {}): Refusal | undefined {
  return memory.noteHeal(after(seconds, fields), 'Deployment', 'spec.replicas', 'h');
}

/** Which of these heals, at so many seconds, ended in a refusal. */
function refusedAmong(seconds: readonly number[]): readonly number[] {
  const memory = createRefusalMemory();
  return seconds.filter((second) => heal(memory, second) !== undefined);
}

describe('tools', () => {
  const tools = (hash: string, template = 'abc'): KnownTools => ({
    summary: { count: 0, names: [], hash, digests: [] },
    template,
  });

  test('none at first, and then the last ones', () => {
    const memory = createRefusalMemory();
    assert.equal(memory.exchangeTools('uid-1', tools('1')), undefined);
    assert.deepEqual(memory.exchangeTools('uid-1', tools('2')), tools('1'));
    assert.deepEqual(memory.exchangeTools('uid-1', tools('2')), tools('2'));
  });

  test('of each server by itself', () => {
    const memory = createRefusalMemory();
    memory.exchangeTools('uid-1', tools('1'));
    assert.equal(memory.exchangeTools('uid-2', tools('2')), undefined);
  });

  test('the same tools of a new template are those of the new template', () => {
    const memory = createRefusalMemory();
    memory.exchangeTools('uid-1', tools('1', 'old'));
    memory.exchangeTools('uid-1', tools('1', 'next'));
    assert.equal(memory.exchangeTools('uid-1', tools('2', 'next'))?.template, 'next');
  });

  test('are kept from pass to pass, and forgotten with the server', () => {
    const memory = createRefusalMemory();
    memory.exchangeTools('uid-1', tools('1'));
    memory.keep(aSnapshot());
    assert.deepEqual(memory.exchangeTools('uid-1', tools('1')), tools('1'));
    memory.forget('uid-1');
    assert.equal(memory.exchangeTools('uid-1', tools('1')), undefined);
  });
});

describe('refusals', () => {
  test('nothing is remembered at first', () => {
    assert.deepEqual(createRefusalMemory().refusalsOf('uid-1'), {});
  });

  test('a refusal is there at the next pass', () => {
    const memory = createRefusalMemory();
    memory.keep(aSnapshot({ refusals: { Service: refusal } }));
    assert.deepEqual(memory.refusalsOf('uid-1'), { Service: refusal });
  });

  test('one that was lifted is not', () => {
    const memory = createRefusalMemory();
    memory.keep(aSnapshot({ refusals: { Service: refusal } }));
    memory.keep(aSnapshot({ refusals: { Service: undefined } }));
    assert.deepEqual(memory.refusalsOf('uid-1'), {});
  });

  test('one child is lifted, the other stays', () => {
    const memory = createRefusalMemory();
    memory.keep(aSnapshot({ refusals: { Service: refusal, Deployment: refusal } }));
    memory.keep(aSnapshot({ refusals: { Service: undefined, Deployment: refusal } }));
    assert.deepEqual(memory.refusalsOf('uid-1').Deployment, refusal);
    assert.equal(memory.refusalsOf('uid-1').Service, undefined);
  });

  test('a server created again under the same name starts with none', () => {
    const memory = createRefusalMemory();
    memory.keep(aSnapshot({ refusals: { Service: refusal } }));
    assert.deepEqual(memory.refusalsOf('uid-2'), {});
  });

  test('a server that is gone is forgotten, its fights too', () => {
    const memory = createRefusalMemory();
    memory.keep(aSnapshot({ refusals: { Service: refusal } }));
    for (let i = 0; i < 5; i += 1) heal(memory, 0);
    memory.forget('uid-1');
    assert.deepEqual(memory.refusalsOf('uid-1'), {});
    assert.equal(heal(memory, 0), undefined);
  });
});

describe('fights with somebody who changes a child back', () => {
  test('five heals within a minute are for free, the sixth is refused', () => {
    const memory = createRefusalMemory();
    for (let i = 0; i < 5; i += 1) assert.equal(heal(memory, i), undefined);
    assert.deepEqual(heal(memory, 5), {
      reason: 'Overridden',
      message:
        'Somebody keeps changing spec.replicas of Deployment weather. Find who (kubectl get deployment weather -n team-a --show-managed-fields -o yaml), and stop them or change the MCPServer.',
      hash: 'h',
      retryAt: NOW + 15_000,
      times: 1,
    });
  });

  const rows: readonly { readonly name: string; readonly heals: readonly number[]; readonly refused: number[] }[] = [
    { name: 'once a minute is no fight', heals: [0, 60, 120, 180, 240, 300, 360], refused: [] },
    { name: 'the first of six is just out of the minute', heals: [0, 1, 2, 3, 4, 60], refused: [] },
    { name: 'the first of six is still in the minute', heals: [0, 1, 2, 3, 4, 59.999], refused: [59.999] },
    { name: 'a fight that goes on is refused each time', heals: [0, 1, 2, 3, 4, 5, 6], refused: [5, 6] },
  ];
  for (const { name, heals, refused } of rows) {
    test(name, () => assert.deepEqual(refusedAmong(heals), refused));
  }

  test('each child is counted by itself', () => {
    const memory = createRefusalMemory();
    for (let i = 0; i < 5; i += 1) heal(memory, i);
    assert.equal(memory.noteHeal(after(5), 'Service', 'spec.type', 'h'), undefined);
  });

  test('each server is counted by itself', () => {
    const memory = createRefusalMemory();
    for (let i = 0; i < 5; i += 1) heal(memory, i);
    const server = aServer();
    const other = aServer({}, { metadata: { ...server.metadata, uid: 'uid-2' } });
    assert.equal(heal(memory, 5, { server: other }), undefined);
  });

  test('keeping a snapshot without refusals does not end the count', () => {
    const memory = createRefusalMemory();
    for (let i = 0; i < 5; i += 1) {
      heal(memory, i);
      memory.keep(after(i));
    }
    assert.equal(heal(memory, 5)?.reason, 'Overridden');
  });

  test('counting a heal does not lose a refusal of the other child', () => {
    const memory = createRefusalMemory();
    memory.keep(aSnapshot({ refusals: { Service: refusal } }));
    heal(memory, 0);
    assert.deepEqual(memory.refusalsOf('uid-1').Service, refusal);
  });

  test('changed again at the retry: refused at once, for twice as long, however long ago the others were', () => {
    const memory = createRefusalMemory();
    const previous: Refusal = { reason: 'Overridden', message: '', hash: 'h', retryAt: NOW + 160_000, times: 5 };
    const next = heal(memory, 160, { refusals: { Deployment: previous } });
    assert.deepEqual([next?.times, next?.retryAt], [6, NOW + 160_000 + 300_000]);
  });

  test('a refusal of another kind, or of another wish, is not a fight', () => {
    const memory = createRefusalMemory();
    assert.equal(heal(memory, 0, { refusals: { Deployment: refusal } }), undefined);
    const older: Refusal = { ...refusal, reason: 'Overridden', hash: 'older' };
    assert.equal(heal(memory, 0, { refusals: { Deployment: older } }), undefined);
  });
});

describe('trouble', () => {
  test('outlives passes without refusals, until it is over or the server gone', () => {
    const memory = createRefusalMemory();
    assert.equal(memory.isTroubled('uid-1'), false);
    memory.noteTrouble('uid-1', true);
    memory.keep(aSnapshot());
    assert.equal(memory.isTroubled('uid-1'), true);
    assert.equal(memory.isTroubled('uid-2'), false);
    memory.noteTrouble('uid-1', false);
    assert.equal(memory.isTroubled('uid-1'), false);
    memory.noteTrouble('uid-1', true);
    memory.forget('uid-1');
    assert.equal(memory.isTroubled('uid-1'), false);
  });
});

describe('a server that the API server does not know', () => {
  const seen = aServer();
  const changed = { ...seen, metadata: { ...seen.metadata, resourceVersion: '999' } };

  test('is left alone for ten seconds', () => {
    const memory = createRefusalMemory();
    assert.equal(memory.waitForMissing(seen, NOW), 0);
    memory.noteMissing(seen, NOW);
    assert.deepEqual(
      [0, 9_000, 10_000, 60_000].map((later) => memory.waitForMissing(seen, NOW + later)),
      [10_000, 1_000, 0, 0],
    );
  });

  test('is there after all once it has another version', () => {
    const memory = createRefusalMemory();
    memory.noteMissing(seen, NOW);
    assert.equal(memory.waitForMissing(changed, NOW), 0);
  });

  test('is forgotten with all the rest', () => {
    const memory = createRefusalMemory();
    memory.noteMissing(seen, NOW);
    memory.forget(seen.metadata.uid);
    assert.equal(memory.waitForMissing(seen, NOW), 0);
  });
});
