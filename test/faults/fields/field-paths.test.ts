import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldPaths, valuesByPath } from './field-paths.ts';
import { mutations, refusals } from './mutations.ts';

const paths = await fieldPaths();
const known = new Set(paths);
const touched = (specs: readonly object[]) => new Set(specs.flatMap((spec) => [...valuesByPath(spec, known).keys()]));

test('the fields are those of the CRD, lists and all', () => {
  for (const path of ['image', 'health.path', 'env[].valueFrom.secretKeyRef.key', 'resources.limits', 'command[]']) {
    assert.ok(known.has(path), `${path} in ${paths.join(' ')}`);
  }
  assert.ok(!known.has('health'), 'what holds fields is none');
});

test('values are found by their paths', () => {
  const found = valuesByPath({ env: [{ name: 'A' }, { name: 'B' }], health: { path: '/' }, args: ['x'] }, known);
  assert.deepEqual(Object.fromEntries(found), { 'env[].name': ['A', 'B'], 'health.path': ['/'], 'args[]': ['x'] });
});

describe('a new field cannot be forgotten', () => {
  test('every field is changed to something valid, and the effect is known (test/faults/fields/mutations.ts)', () => {
    const valid = touched(mutations.map(({ spec }) => spec));
    assert.deepEqual(
      paths.filter((path) => !valid.has(path)),
      [],
    );
  });

  test('every field is tried with something that must be refused (test/faults/fields/mutations.ts)', () => {
    const invalid = touched(refusals.map(({ spec }) => spec));
    assert.deepEqual(
      paths.filter((path) => !invalid.has(path)),
      [],
    );
  });

  test('nothing is tried that the schema does not have', () => {
    const all = touched([...mutations, ...refusals].map(({ spec }) => spec));
    assert.deepEqual(
      [...all].filter((path) => !known.has(path)),
      [],
    );
  });
});

test('every change has an effect, and every refusal says where it is told', () => {
  for (const { spec, effect } of mutations) assert.ok(Object.keys(effect).length > 0, JSON.stringify(spec));
  for (const { spec, says, told } of refusals)
    assert.ok((says === undefined) !== (told === undefined), JSON.stringify(spec));
});
