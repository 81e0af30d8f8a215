import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPhase, aTurn } from '../../test/support/race-turns.ts';
import { figureKinds } from './figure-kinds.ts';
import { type Row, rowsOf } from './figures.ts';
import type { TurnResult } from './phase-result.ts';

function row(turns: readonly TurnResult[], id: string, servers = 500, contestant = 'operator'): Row {
  const found = rowsOf(turns).find(
    (each) => each.figure.id === id && each.servers === servers && each.contestant === contestant,
  );
  assert.ok(found !== undefined, id);
  return found;
}

test('a ratio is taken within each run, and the median of them counts', () => {
  // The second run was on a busy machine: both were slow.
  const turns = [
    aTurn('floor', 4),
    aTurn('operator', 5),
    aTurn('operator', 40, { run: 2 }),
    aTurn('floor', 40, { run: 2 }),
    aTurn('floor', 5, { run: 3 }),
    aTurn('operator', 6, { run: 3 }),
  ];
  const { floor, own, ratio, met } = row(turns, 'burst');
  assert.deepEqual(floor, { median: 5, min: 4, max: 40, count: 3 });
  assert.deepEqual(own, { median: 6, min: 5, max: 40, count: 3 });
  assert.deepEqual(ratio, { median: 1.2, min: 1, max: 1.25, count: 3 });
  assert.equal(met, true);
});

test('a promise that is not kept is said to be missed', () => {
  assert.equal(row([aTurn('floor', 4), aTurn('operator', 6)], 'burst').met, false);
  const idle = (rss: number) => [aTurn('operator', 1, { phases: { start: aPhase({ rss }) } })];
  assert.equal(row(idle(75), 'rss-idle').met, true);
  assert.equal(row(idle(75.1), 'rss-idle').met, false);
});

test('without the floor there is no ratio, and no verdict on one', () => {
  const { ratio, met, floor } = row([aTurn('operator', 5)], 'burst');
  assert.deepEqual([ratio, met, floor], [undefined, undefined, undefined]);
});

test('promises are those of so many servers', () => {
  const wanted = (id: string, servers: number) => figureKinds.find((kind) => kind.id === id)?.wanted?.(servers)?.most;
  assert.deepEqual(
    [500, 2_000, 10_000].map((n) => wanted('burst', n)),
    [1.25, 1.25, undefined],
  );
  assert.deepEqual(
    [500, 1_000, 2_000, 10_000].map((n) => wanted('rss', n)),
    [110, 110, undefined, 240],
  );
  assert.deepEqual(
    [1_000, 2_000, 10_000, 20_000].map((n) => wanted('restart-ready', n)),
    [1, 3, 3, undefined],
  );
});

test('they are the promises of our own operator: another one is only measured', () => {
  const turns = [aTurn('floor', 4), aTurn('operator', 5), aTurn('other', 40)];
  assert.equal(row(turns, 'burst', 500, 'other').wanted, undefined);
  assert.equal(row(turns, 'burst', 500, 'other').met, undefined);
  assert.equal(row(turns, 'burst', 500, 'other').ratio?.median, 10);
  assert.deepEqual([...new Set(rowsOf(turns).map(({ contestant }) => contestant))], ['operator', 'other']);
});

test('writes are counted for each server, and must be right in every run', () => {
  const turn = (writes: number, run: number) =>
    aTurn('operator', 5, { run, phases: { burst: aPhase({}, { writes }) } });
  assert.equal(row([turn(1_500, 1)], 'burst-writes').met, true);
  const { own, met } = row([turn(1_500, 1), turn(1_501, 2), turn(1_500, 3)], 'burst-writes');
  assert.equal(own?.median, 3);
  assert.equal(met, false);
});

test('fewer writes than promised are as wrong as more: something was not written', () => {
  const turns = [aTurn('operator', 5, { phases: { burst: aPhase({}, { writes: 1_000 }) } })];
  assert.equal(row(turns, 'burst-writes').met, false);
});

test('Events are told by themselves', () => {
  const writesBy = { 'patch deployments': 500, 'patch services': 500, 'create events': 1_000 };
  const turns = [aTurn('operator', 5, { phases: { children: aPhase({}, { writes: 2_000, writesBy }) } })];
  assert.equal(row(turns, 'children-writes').own?.median, 2);
  assert.equal(row(turns, 'children-events').own?.median, 2);
});

test('what is sent at rest is counted without the watches that the server ends', () => {
  const steady = aPhase({ seconds: 30, cpuSeconds: 0.03 }, { watches: 4 });
  const turns = [aTurn('operator', 5, { phases: { steady } })];
  assert.equal(row(turns, 'steady-requests').own?.median, 0);
  assert.equal(row(turns, 'steady-requests').met, true);
  assert.equal(row(turns, 'steady-watches').own?.median, 4);
  assert.ok(Math.abs((row(turns, 'steady-cpu').own?.median ?? 0) - 0.1) < 1e-9);
});

test('requests that were refused are added up over the phases', () => {
  const refused = aPhase({}, { refused: 2 });
  const turns = [aTurn('operator', 5, { phases: { scale: refused, children: refused } })];
  assert.equal(row(turns, 'refused').own?.median, 4);
  assert.equal(row(turns, 'refused').met, false);
});

test('what a server takes of memory is what was not there before', () => {
  const turn = (phases: TurnResult['phases']) => [aTurn('operator', 5, { phases })];
  const [start, steady] = [aPhase({ rss: 70 }), aPhase({ rss: 120 })];
  assert.equal(row(turn({ start, steady }), 'rss-per-server').own?.median, 102.4);
  const ids = rowsOf(turn({ steady })).map(({ figure }) => figure.id);
  assert.ok(ids.includes('rss') && !ids.includes('rss-per-server'));
});

test('what was not measured is left out', () => {
  const ids = rowsOf([aTurn('operator', 5)]).map(({ figure }) => figure.id);
  assert.ok(ids.includes('burst-cpu'));
  for (const id of ['single-p50', 'restart-ready', 'rss-idle', 'available']) assert.ok(!ids.includes(id), id);
});

test('every size is told by itself, in the order in which it was raced', () => {
  const turns = [2_000, 500].flatMap((servers) => [aTurn('floor', 1, { servers }), aTurn('operator', 1, { servers })]);
  assert.deepEqual([...new Set(rowsOf(turns).map(({ servers }) => servers))], [2_000, 500]);
});

test('every figure has a name of its own', () => {
  assert.equal(new Set(figureKinds.map(({ id }) => id)).size, figureKinds.length);
});
