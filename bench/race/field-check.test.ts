import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldAt, holds } from './field-check.ts';

const object = {
  metadata: { generation: 3 },
  spec: { replicas: 0 },
  status: {
    phase: 'Running',
    observedGeneration: 3,
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'Available', status: 'False' },
    ],
  },
};

test('a field is found by its path, a condition by its type', () => {
  assert.equal(fieldAt(object, 'status.phase'), 'Running');
  assert.equal(fieldAt(object, 'status.conditions[Available].status'), 'False');
  assert.deepEqual(fieldAt(object, 'metadata'), { generation: 3 });
});

test('what is not there is undefined, whatever is missing on the way', () => {
  for (const path of [
    'nothing',
    'nothing.at.all',
    'status.conditions[None].status',
    'status.phase.deeper',
    'spec[Ready]',
  ]) {
    assert.equal(fieldAt(object, path), undefined, path);
  }
  assert.equal(fieldAt(undefined, 'status'), undefined);
});

test('a check without a value asks whether the field is there', () => {
  assert.ok(holds([{ path: 'spec.replicas' }], object));
  assert.ok(!holds([{ path: 'spec.image' }], object));
});

test('all checks must hold, and a number is not a text', () => {
  assert.ok(holds([], undefined));
  assert.ok(
    holds(
      [
        { path: 'spec.replicas', equals: 0 },
        { path: 'status.phase', equals: 'Running' },
      ],
      object,
    ),
  );
  assert.ok(
    !holds(
      [
        { path: 'spec.replicas', equals: 0 },
        { path: 'status.phase', equals: 'Pending' },
      ],
      object,
    ),
  );
  assert.ok(!holds([{ path: 'spec.replicas', equals: '0' }], object));
});

test('{generation} is the generation of the object itself', () => {
  const check = [{ path: 'status.observedGeneration', equals: '{generation}' }];
  assert.ok(holds(check, object));
  assert.ok(!holds(check, { ...object, metadata: { generation: 4 } }));
  // Both absent is not seen, and not up to date either.
  assert.ok(!holds(check, { status: {} }));
});
