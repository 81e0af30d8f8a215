import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wrongEffects } from './field-stage.ts';

const before = { Deployment: { spec: { replicas: 1, image: 'a' } }, Service: { spec: { port: 80 } } };
const after = (more: object) => ({ ...before, Deployment: { spec: { ...before.Deployment.spec, ...more } } });

test('an effect that is there, and nothing else, is right', () => {
  assert.deepEqual(wrongEffects(before, after({ image: 'b' }), { 'Deployment spec.image': 'b' }), []);
});

test('an effect that is missing is told', () => {
  assert.deepEqual(wrongEffects(before, before, { 'Deployment spec.image': 'b' }), [
    'Deployment spec.image should have become "b" and is as before',
  ]);
});

test('an effect with another value is told', () => {
  assert.deepEqual(wrongEffects(before, after({ image: 'c' }), { 'Deployment spec.image': 'b' }), [
    'Deployment spec.image should have become "b" and is "c"',
  ]);
});

test('one that nobody asked for is told', () => {
  const [text = ''] = wrongEffects(before, after({ image: 'b', replicas: 2 }), { 'Deployment spec.image': 'b' });
  assert.match(text, /Deployment spec.replicas has become 2, and should be as before/);
});

test('what is gone is null', () => {
  const { image: _, ...rest } = before.Deployment.spec;
  assert.deepEqual(
    wrongEffects(before, { ...before, Deployment: { spec: rest } }, { 'Deployment spec.image': null }),
    [],
  );
});
