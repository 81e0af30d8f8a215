import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fill } from './fill.ts';

test('every text is filled in, however deep; everything else stays', () => {
  const value = { name: '{name}', list: ['a-{name}-b', 3, null, { deep: '{name}{port}' }], on: true };
  assert.deepEqual(fill(value, { name: 'sun', port: 80 }), {
    name: 'sun',
    list: ['a-sun-b', 3, null, { deep: 'sun80' }],
    on: true,
  });
});

test('what is not among the values stays, and a value is not looked into', () => {
  assert.equal(fill('{other} {a} {}', { a: '{b}', b: 'no' }), '{other} {b} {}');
});

test('keys are left alone, and the value given is not changed', () => {
  const value = { '{name}': '{name}' };
  assert.deepEqual(fill(value, { name: 'x' }), { '{name}': 'x' });
  assert.deepEqual(value, { '{name}': '{name}' });
});
