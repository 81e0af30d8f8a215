import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EventPair } from './pairs.ts';
import { stalePairs, unobservedPairs } from './pairs.ts';
import { referenceOf } from './recording-script.ts';
import { commonSteps } from './steps.ts';

function pairsOf(rule: typeof unobservedPairs, script: string): readonly string[] {
  const reference = referenceOf('w', `watch servers\nwatch pods\n${script}`);
  const name = ({ match, nth }: EventPair['earlier']) => `${match.type} ${nth}`;
  return rule(commonSteps(reference), reference.runs[0]).map(
    ({ earlier, later }) => `${name(earlier)}, ${name(later)}`,
  );
}

describe('pairs of which the first event may never be seen', () => {
  const rows: Readonly<Record<string, readonly [script: string, pairs: readonly string[]]>> = {
    'created and deleted': ['< ADDED servers a @1\n< DELETED servers a @2', ['ADDED 1, DELETED 1']],
    'created, changed and deleted': [
      '< ADDED servers a @1\n< MODIFIED servers a @2\n< DELETED servers a @3',
      ['ADDED 1, MODIFIED 1', 'ADDED 1, DELETED 1', 'MODIFIED 1, DELETED 1'],
    ],
    'deleted and created anew': ['< DELETED servers a @1\n< ADDED servers a @2', ['DELETED 1, ADDED 1']],
    'created and changed, twice: each is hidden by the next': [
      '< ADDED servers a @1\n< MODIFIED servers a @2 {"spec":1}\n< MODIFIED servers a @3 {"spec":2}',
      ['ADDED 1, MODIFIED 1', 'MODIFIED 1, MODIFIED 2'],
    ],
    'a status that moves on: how often is another in each run': [
      [1, 2, 3].map((n) => `< MODIFIED servers a @${n} {"metadata":{"generation":1}}`).join('\n'),
      ['MODIFIED 1, MODIFIED 2'],
    ],
    'two objects': ['< ADDED servers a @1\n< DELETED servers b @2', []],
    'a second event that is the operator’s own work': [
      `< DELETED servers a @1
       apply servers a @2
       < ADDED servers a @2`,
      [],
    ],
    'a write of its own that came before the first': [
      `apply servers a @2
       < DELETED servers a @1
       < ADDED servers a @2`,
      ['DELETED 1, ADDED 1'],
    ],
    'a workload that waits for what follows from the first': [
      `# creates a
       # waits for a: settled
       < ADDED servers a @1
       # deletes a
       < DELETED servers a @2`,
      [],
    ],
    'a workload in a hurry': [
      `# creates a
       < ADDED servers a @1
       # deletes a
       # waits for nothing to be left
       < DELETED servers a @2`,
      ['ADDED 1, DELETED 1'],
    ],
  };
  for (const [what, [script, pairs]] of Object.entries(rows)) {
    it(what, () => assert.deepEqual(pairsOf(unobservedPairs, script), pairs));
  }

  it('objects that are named by chance cannot be found again', () => {
    const run = (name: string) => `watch pods\n< ADDED pods ${name} @1\n< DELETED pods ${name} @2`;
    const reference = referenceOf('w', run('p-1'), run('p-2'));
    assert.deepEqual(unobservedPairs(commonSteps(reference), reference.runs[0]), []);
  });
});

describe('pairs between which the API server may go back', () => {
  const rows: Readonly<Record<string, readonly [script: string, pairs: readonly string[]]>> = {
    'written, then deleted': [
      `< ADDED servers a @1
       apply services a @2
       < DELETED servers a @3`,
      ['ADDED 1, DELETED 1'],
    ],
    'nothing was written: nothing to contradict': ['< ADDED servers a @1\n< DELETED servers a @3', []],
    'of several the last before the write': [
      `< ADDED servers a @1 {"spec":1}
       < MODIFIED servers a @2 {"spec":1,"status":1}
       apply services a @3
       < MODIFIED servers a @4 {"spec":1,"status":2}
       < MODIFIED servers a @5 {"spec":2,"status":2}`,
      ['MODIFIED 1, MODIFIED 3'],
    ],
    'a status that changes contradicts nothing': [
      `< ADDED servers a @1 {"spec":1}
       apply services a @3
       < MODIFIED servers a @4 {"spec":1,"status":2}`,
      [],
    ],
    'on its way to its end': [
      `< ADDED servers a @1
       apply services a @2
       < MODIFIED servers a @3 {"metadata":{"deletionTimestamp":"2026-01-01T00:00:00Z"}}`,
      ['ADDED 1, MODIFIED 1'],
    ],
    'another of the same name': [
      `< ADDED servers a @1
       apply services a @2
       < ADDED servers a @3 {"metadata":{"uid":"another"}}`,
      ['ADDED 1, ADDED 2'],
    ],
  };
  for (const [what, [script, pairs]] of Object.entries(rows)) {
    it(what, () => assert.deepEqual(pairsOf(stalePairs, script), pairs));
  }
});
