import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { aPhase, aTurn } from '../../test/support/race-turns.ts';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { type CpuProfile, selfTimes } from './cpu-profile.ts';
import { profileReport } from './profile-report.ts';

const node = (id: number, functionName: string, url = '', lineNumber = 0) => ({
  id,
  callFrame: { functionName, url, lineNumber },
});

const profile: CpuProfile = {
  nodes: [
    node(1, '(idle)'),
    node(2, 'parse', 'file:///app/dist/operator.js', 41),
    node(3, 'parse', 'file:///app/dist/operator.js', 41),
    node(4, '(garbage collector)'),
    node(5, '', 'node:internal/timers', 9),
    node(6, 'post', 'node:inspector', 114),
  ],
  samples: [1, 2, 3, 4, 5, 6, 1],
  timeDeltas: [50_000, 2_000, 3_000, 4_000, 500, 70_000, 90_000],
};

test('the time of a function is that of all places from which it was called, without what it called', () => {
  assert.deepEqual(selfTimes(profile, 10), [
    { name: 'parse at operator.js:42', ms: 5 },
    { name: '(garbage collector)', ms: 4 },
    { name: '(anonymous) at timers:10', ms: 0.5 },
  ]);
});

test('as many are told as asked for, the longest', () => {
  assert.deepEqual(
    selfTimes(profile, 1).map(({ name }) => name),
    ['parse at operator.js:42'],
  );
});

test('a report tells of each phase of each contestant but the floor', async (t) => {
  const directory = await temporaryDirectory(t);
  const folder = join(directory, 'operator-500-1');
  await mkdir(folder);
  for (const phase of ['burst', 'steady'])
    await writeFile(join(folder, `${phase}.cpuprofile`), JSON.stringify(profile));
  const turns = [aTurn('floor', 1), aTurn('operator', 1, { phases: { steady: aPhase() } })];
  const lines = await profileReport(directory, turns);
  assert.deepEqual(
    lines.filter((line) => line.startsWith('operator')),
    [
      'operator, 500 servers, burst: the functions that ran longest by themselves',
      'operator, 500 servers, steady: the functions that ran longest by themselves',
    ],
  );
  assert.ok(lines.includes('       5 ms  parse at operator.js:42'));
  assert.ok(lines.at(-1)?.includes(folder));
});
