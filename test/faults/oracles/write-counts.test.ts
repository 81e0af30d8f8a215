import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FaultKind } from '../plans/plan.ts';
import type { TraceEntry } from '../proxy/trace.ts';
import { noRepeatedWrites } from './repeated-writes.ts';
import { anEvent, aPlan, aRun, aStatus, aWrite, create } from './sample-run.ts';
import { calmStays, createsAndDeletes, noInterleaving, sameCounts } from './write-counts.ts';

const good = aRun();
const references = [good, good] as const;
const again = aWrite({ seq: 4, resource: 'deployments.apps', status: 201, resourceVersion: '14' });

describe('how often objects are created and deleted', () => {
  test('an apply that is answered 201 creates; one that is answered 200 changes', () => {
    assert.deepEqual(createsAndDeletes(good), { 'create services/weather': 1, 'create deployments.apps/weather': 1 });
  });

  test('what the API server refused, or never got, does not count', () => {
    const refused = aWrite({ seq: 4, status: 409 });
    const lost = aWrite({ seq: 5, status: 201, committed: false });
    const entries = [...create(), refused, lost];
    assert.deepEqual(createsAndDeletes(aRun({ entries })), createsAndDeletes(good));
  });

  test('a second creation is told', () => {
    const run = aRun({ entries: [...create(), again] });
    assert.deepEqual(
      sameCounts(references, run).map(({ text }) => text),
      ['create deployments.apps/weather: 2 times, and 1 without faults'],
    );
  });

  test('a deletion that is not in the references is told, and one that is missing', () => {
    const deletion = aWrite({ seq: 4, verb: 'delete', resource: 'services' });
    const deleting = aRun({ entries: [...create(), deletion] });
    assert.equal(sameCounts(references, deleting).length, 1);
    assert.equal(sameCounts([deleting, deleting], good).length, 1);
  });

  test('events are no state: how many there are depends on what happens', () => {
    const event = aWrite({ seq: 4, verb: 'create', resource: 'events', status: 201 });
    assert.deepEqual(sameCounts(references, aRun({ entries: [...create(), event] })), []);
  });

  test('where the references differ, nothing is expected', () => {
    const twice = aRun({ entries: [...create(), again] });
    assert.deepEqual(sameCounts([good, twice], twice), []);
  });

  describe('what is made for a server that is gone already', () => {
    const late = aWrite({ seq: 4, name: 'maps', resource: 'services', status: 201 });
    const run = (kind: FaultKind, endState = good.endState) =>
      sameCounts(references, aRun({ entries: [...create(), late], plan: aPlan(kind), endState })).length;

    test('by a process that was shown an older state, and is gone in the end, is nobody’s fault', () => {
      assert.equal(run('time-travel'), 0);
      assert.equal(run('older-list'), 0);
    });

    test('is nobody’s fault beside a namesake that is made once', () => {
      const made = (seq: number, uid: string) =>
        aWrite({ seq, resource: 'services', status: 201, body: { metadata: { ownerReferences: [{ uid }] } } });
      const reference = aRun({ entries: [made(1, 'old'), made(2, 'new')] });
      const countOf = (...entries: readonly TraceEntry[]) =>
        sameCounts([reference, reference], aRun({ entries, plan: aPlan('unobserved') })).length;
      assert.equal(countOf(made(1, 'old'), made(2, 'old'), made(3, 'new')), 0);
      assert.equal(countOf(made(1, 'old'), made(2, 'new'), made(3, 'new')), 1);
    });

    test('once, with any fault or none, is nobody’s fault either: watches are not in step', () => {
      assert.equal(run('held'), 0);
      assert.deepEqual(sameCounts(references, aRun({ entries: [...create(), late] })), []);
    });

    test('is a finding when it stays, and the second time when nothing is hidden', () => {
      assert.equal(run('held', { ...good.endState, 'Service/maps': {} }), 1);
      const twice = [...create(), late, aWrite({ seq: 5, name: 'maps', resource: 'services', status: 201 })];
      assert.equal(sameCounts(references, aRun({ entries: twice, plan: aPlan('held') })).length, 1);
      assert.equal(sameCounts(references, aRun({ entries: twice, plan: aPlan('time-travel') })).length, 0);
    });
  });

  describe('a Service that is taken back because its Deployment is refused', () => {
    const entries = [
      ...create(),
      aWrite({ seq: 4, verb: 'delete', resource: 'services' }),
      aWrite({ seq: 5, resource: 'services', status: 201 }),
    ];

    test('is as designed when the API server is made to refuse for good', () => {
      assert.deepEqual(sameCounts(references, aRun({ entries, plan: aPlan('forbidden') })), []);
    });

    test('is a finding with any other fault, and without', () => {
      assert.equal(sameCounts(references, aRun({ entries, plan: aPlan('internal-error') })).length, 2);
      assert.equal(sameCounts(references, aRun({ entries })).length, 2);
    });

    test('is a finding when it does not come back', () => {
      const gone = aRun({ entries: entries.slice(0, -1), plan: aPlan('forbidden') });
      assert.equal(sameCounts(references, gone).length, 1);
    });
  });
});

describe('once everything is calm', () => {
  test('a write is told', () => {
    const entries = [...create(), aStatus({ seq: 101, generation: 1, observed: 1 })];
    const [finding] = calmStays(references, aRun({ entries, calmSince: 100 }));
    assert.match(finding?.text ?? '', /apply mcpservers.mcp.mcp.dev\/weather\/status \(entry 101/);
  });

  test('a write before, and the writes for a canary, are not', () => {
    const canary = aWrite({ seq: 101, name: 'canary-2', resource: 'services' });
    const event = aWrite({ seq: 102, resource: 'events', body: { involvedObject: { name: 'canary-2' } }, name: 'x' });
    assert.deepEqual(calmStays(references, aRun({ entries: [...create(), canary, event], calmSince: 100 })), []);
  });
});

describe('two instances', () => {
  const by = (instance: string, seq: number) => aWrite({ seq, instance });

  test('one after the other is as it should be', () => {
    assert.deepEqual(
      noInterleaving(references, aRun({ entries: [by('1', 1), by('1', 2), by('2', 3), by('2', 4)] })),
      [],
    );
  });

  test('in turns is not', () => {
    const run = aRun({ entries: [by('1', 1), by('2', 2), by('1', 3), by('2', 4)] });
    const findings = noInterleaving(references, run);
    assert.match(findings[0]?.text ?? '', /instance 1 wrote after another had/);
  });
});

describe('a write again', () => {
  const first = aWrite({ seq: 4, bodyHash: 'same', resourceVersion: '20' });
  const repeat = (differently: object) => {
    const second = aWrite({ seq: 9, bodyHash: 'same', resourceVersion: '20', ...differently });
    return noRepeatedWrites(references, aRun({ entries: [first, second] }));
  };

  test('of the same to no effect is told', () => {
    const [finding] = repeat({});
    assert.match(finding?.text ?? '', /wrote again what entry 4 had written/);
  });

  test('of the same to no effect is told when others have written in between', () => {
    const event = anEvent({ seq: 6, resourceVersion: '21' });
    const second = aWrite({ seq: 9, bodyHash: 'same', resourceVersion: '21' });
    assert.equal(noRepeatedWrites(references, aRun({ entries: [first, event, second] })).length, 1);
  });

  test('that puts something right has an effect', () => {
    assert.deepEqual(repeat({ resourceVersion: '22' }), []);
  });

  test('of something else, by somebody else, or to another object is none', () => {
    for (const other of [{ bodyHash: 'other' }, { instance: '2' }, { name: 'maps' }, { uid: 'v' }]) {
      assert.deepEqual(repeat(other), [], JSON.stringify(other));
    }
  });

  test('of what was never answered is what has to be done', () => {
    const unanswered = aWrite({ ...first, seq: 4, outcome: 'lost' });
    const second = aWrite({ seq: 9, bodyHash: 'same', resourceVersion: '20' });
    assert.deepEqual(noRepeatedWrites(references, aRun({ entries: [unanswered, second] })), []);
  });
});
