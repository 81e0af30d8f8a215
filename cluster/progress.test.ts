import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '../test/support/fake-clock.ts';
import { duration, withHeartbeat } from './progress.ts';

test('durations are said as people say them', () => {
  const cases: [number, string][] = [
    [0, '0.0 s'],
    [4_249, '4.2 s'],
    [9_949, '9.9 s'],
    [9_950, '10 s'],
    [59_499, '59 s'],
    [59_500, '1 min 00 s'],
    [65_000, '1 min 05 s'],
    [3_599_000, '59 min 59 s'],
  ];
  for (const [ms, words] of cases) assert.equal(duration(ms), words, `${ms} ms`);
});

test('long work is reported every ten seconds, with the time so far', async () => {
  const clock = createFakeClock();
  const lines: string[] = [];
  const work = Promise.withResolvers<string>();
  const result = withHeartbeat(
    (line) => lines.push(line),
    'building kubelet (4 of 7)',
    () => work.promise,
    clock,
  );
  await clock.advance(9_999);
  assert.deepEqual(lines, []);
  await clock.advance(20_001);
  assert.deepEqual(lines, [
    '  still building kubelet (4 of 7), 10 s so far',
    '  still building kubelet (4 of 7), 20 s so far',
    '  still building kubelet (4 of 7), 30 s so far',
  ]);
  work.resolve('done');
  assert.equal(await result, 'done');
});

test('the reports end with the work, also when it fails', async () => {
  const clock = createFakeClock();
  const lines: string[] = [];
  const work = withHeartbeat(
    (line) => lines.push(line),
    'failing',
    () => Promise.reject(new Error('no')),
    clock,
  );
  await assert.rejects(work, /no/);
  assert.deepEqual(clock.pending(), []);
  await clock.advance(60_000);
  assert.deepEqual(lines, []);
});
