import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { KubeObject } from '../../runtime/object.ts';
import { HASH_ANNOTATION } from '../labels.ts';
import { appliedHash, withAppliedHash } from './applied-hash.ts';

type Example = KubeObject & { readonly spec: unknown };

function example(spec: unknown): Example {
  return { apiVersion: 'v1', kind: 'Example', metadata: { name: 'a', namespace: 'b' }, spec };
}

function hashOf(spec: unknown): string | undefined {
  return appliedHash(withAppliedHash(example(spec)));
}

/** The same value, with the keys of every object in reverse order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, field]) => [key, reversed(field)]),
  );
}

/** JSON as Kubernetes has it: `__proto__` is a key like any other there, but not in a JavaScript literal. */
const json = fc.jsonValue({ maxDepth: 3 }).filter((value) => !JSON.stringify(value).includes('__proto__'));

test('the hash of a given object is the same in every release: another would rewrite every child of a cluster', () => {
  assert.equal(hashOf({ replicas: 2, ports: [{ name: 'http', port: 80 }] }), '31fe7234fe1369d6');
});

test('the order of keys does not matter', () => {
  fc.assert(fc.property(json, (spec) => assert.equal(hashOf(reversed(spec)), hashOf(spec))));
});

test('undefined fields do not matter', () => {
  assert.equal(hashOf({ a: 1, b: undefined }), hashOf({ a: 1 }));
});

test('every change of content is a change of the hash', () => {
  fc.assert(
    fc.property(json, json, (a, b) => {
      const isSame = JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
      assert.equal(hashOf(a) === hashOf(b), isSame);
    }),
  );
});

test('small changes count', () => {
  const variants: readonly unknown[] = [
    { replicas: 2 },
    { replicas: '2' },
    { replicas: 20 },
    { replicas: null },
    { replicas: [2] },
    { replicas: { 0: 2 } },
    { args: ['a', 'b'] },
    { args: ['b', 'a'] },
    { args: ['ab'] },
    { args: [] },
    {},
    { a: { b: 1 }, c: 1 },
    { a: { b: 1, c: 1 } },
  ];
  assert.equal(new Set(variants.map(hashOf)).size, variants.length);
});

test('metadata counts too: a label or an owner is part of the wish', () => {
  const plain = example({});
  const labelled = { ...plain, metadata: { ...plain.metadata, labels: { app: 'a' } } };
  assert.notEqual(appliedHash(withAppliedHash(labelled)), appliedHash(withAppliedHash(plain)));
});

test('the annotation is added beside others, and the object that was given stays as it was', () => {
  const given = { ...example({}), metadata: { name: 'a', annotations: { other: 'x' } } };
  const hashed = withAppliedHash(given);
  assert.deepEqual(hashed.metadata.annotations, { other: 'x', [HASH_ANNOTATION]: appliedHash(hashed) });
  assert.deepEqual(given.metadata.annotations, { other: 'x' });
});

test('an object that was never applied has no hash', () => {
  assert.equal(appliedHash({ metadata: { name: 'a' } }), undefined);
  assert.equal(appliedHash({ metadata: { name: 'a', annotations: { other: 'x' } } }), undefined);
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, field]) => [key, sorted(field)]),
  );
}
