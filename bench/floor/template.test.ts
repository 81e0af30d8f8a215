import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTemplate } from './template.ts';

test('each gap is filled wherever its mark stands', () => {
  const template = createTemplate('@a@ and @b@, @a@@b@', { a: '@a@', b: '@b@' });
  assert.equal(template.fill({ a: 'x', b: 'y' }), 'x and y, xy');
  assert.equal(template.fill({ a: '1', b: '' }), '1 and , 1');
});

test('a text without marks stays as it is, and a value is never looked into', () => {
  assert.equal(createTemplate('plain', { a: '@a@' }).fill({ a: 'x' }), 'plain');
  assert.equal(createTemplate('@a@', { a: '@a@', b: '@b@' }).fill({ a: '@b@', b: 'no' }), '@b@');
});

test('a mark is text, not a pattern', () => {
  assert.equal(createTemplate('a.c abc', { dot: 'a.c' }).fill({ dot: '!' }), '! abc');
});
