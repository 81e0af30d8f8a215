import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fullSettings, isReady } from './full-cluster.ts';
import { layoutOf } from './layout.ts';

const started = Date.UTC(2026, 0, 1, 12, 0, 10, 700);

test('a node is Ready when a kubelet that lives says so', () => {
  const cases: [string, boolean][] = [
    ['True 2026-01-01T12:00:11Z', true],
    ['True 2026-01-01T12:00:10Z', true],
    ['True 2026-01-01T12:00:09Z', false],
    ['False 2026-01-01T12:00:11Z', false],
    ['Unknown 2026-01-01T12:00:11Z', false],
    ['True', false],
    ['', false],
  ];
  for (const [readiness, expected] of cases) assert.equal(isReady(readiness, started), expected, readiness);
});

test('the word of a kubelet that ran all along is believed, however old', () => {
  assert.equal(isReady('True 2020-01-01T00:00:00Z', 0), true);
});

test('the control plane of a full cluster is where its pods reach it, and keeps its data', () => {
  const settings = fullSettings(layoutOf());
  assert.equal(settings.address, '198.18.0.1');
  assert.equal(settings.hasNodes, true);
  assert.equal(settings.unsafeNoFsync, false);
});
