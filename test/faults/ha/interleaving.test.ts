import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFenced, turns } from './interleaving.ts';
import type { SeenWrite } from './link.ts';

const service = '/api/v1/namespaces/ns/services/weather';
const lease = '/apis/coordination.k8s.io/v1/namespaces/ns/leases/operator';
const write = (at: number, path = service): SeenWrite => ({ at, method: 'PATCH', path, status: 200 });

test('a take-over is two turns', () => {
  const first = { replica: 'first', writes: [write(1), write(2)] };
  const second = { replica: 'second', writes: [write(3), write(9)] };
  assert.deepEqual(turns([second, first]), ['first', 'second']);
});

test('one write between those of the other is two leaders at a time', () => {
  const first = { replica: 'first', writes: [write(1), write(5)] };
  const second = { replica: 'second', writes: [write(3), write(6)] };
  assert.deepEqual(turns([first, second]), ['first', 'second', 'first', 'second']);
});

test('candidates may try to write the lease at any time; nobody may write anything else', () => {
  assert.equal(isFenced(write(1, lease)), false);
  assert.equal(isFenced(write(1)), true);
  const standby = { replica: 'second', writes: [write(2, lease)] };
  assert.deepEqual(turns([{ replica: 'first', writes: [write(1), write(3)] }, standby]), ['first']);
});

test('one who wrote nothing has no turn', () => assert.deepEqual(turns([{ replica: 'first', writes: [] }]), []));
