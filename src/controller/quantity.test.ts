import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nanosOf, sameQuantity } from './quantity.ts';

const equal: readonly (readonly [string | number, string | number])[] = [
  ['1000m', '1'],
  ['1000m', 1],
  [1.5, '1500m'],
  ['0.5', '500m'],
  ['.5', '500m'],
  ['5.', '5'],
  ['1Ki', '1024'],
  ['1Gi', '1073741824'],
  ['1024Mi', '1Gi'],
  ['1e3', '1k'],
  ['1E3', '1000'],
  ['12e-1', '1200m'],
  ['1M', '1000k'],
  ['-1', '-1000m'],
  ['+2', '2'],
  ['1000000n', '1m'],
  ['1000u', '1m'],
  ['1E', '1000P'],
  ['0', '0Gi'],
];
for (const [a, b] of equal) test(`${a} is ${b}`, () => assert.ok(sameQuantity(a, b)));

const different: readonly (readonly [string, string])[] = [
  ['1', '2'],
  ['1k', '1Ki'],
  ['1m', '1M'],
  ['100m', '0.11'],
];
for (const [a, b] of different) test(`${a} is not ${b}`, () => assert.ok(!sameQuantity(a, b)));

for (const text of ['', '.', 'one', '1 Gi', '1kB', '1Kib', 'Gi', '1e', '--1', '1.2.3']) {
  test(`"${text}" is not a quantity`, () => {
    assert.equal(nanosOf(text), undefined);
    assert.equal(sameQuantity(text, text), false);
  });
}

test('parts finer than a billionth are rounded up', () => {
  assert.equal(nanosOf('0.0000000001'), 1n);
  assert.equal(nanosOf('0.1n'), 1n);
});

test('milli and plain notation agree for every whole number', () => {
  fc.assert(fc.property(fc.nat(), (n) => sameQuantity(`${n}000m`, n)));
});

test('binary suffixes scale by 1024', () => {
  fc.assert(fc.property(fc.nat(1_000_000), (n) => sameQuantity(`${n}Mi`, `${n * 1024}Ki`)));
});
