import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createFifo } from './fifo.ts';

describe('fifo', () => {
  test('is empty at first', () => {
    const fifo = createFifo<string>();
    assert.equal(fifo.size(), 0);
    assert.equal(fifo.shift(), undefined);
    assert.equal(fifo.size(), 0);
  });

  test('gives back in the order in which it was given', () => {
    const fifo = createFifo<number>();
    for (const item of [1, 2, 3]) fifo.push(item);
    assert.deepEqual([fifo.shift(), fifo.shift(), fifo.shift(), fifo.shift()], [1, 2, 3, undefined]);
  });

  test('can be filled again after it was empty', () => {
    const fifo = createFifo<number>();
    fifo.push(1);
    fifo.shift();
    fifo.push(2);
    assert.equal(fifo.size(), 1);
    assert.equal(fifo.shift(), 2);
  });

  test('property: behaves as an array does', () => {
    const operations = fc.array(fc.oneof(fc.nat(), fc.constant('shift' as const)), { maxLength: 200 });
    fc.assert(
      fc.property(operations, (all) => {
        const fifo = createFifo<number>();
        const model: number[] = [];
        for (const operation of all) {
          if (operation === 'shift') assert.equal(fifo.shift(), model.shift());
          else {
            fifo.push(operation);
            model.push(operation);
          }
          assert.equal(fifo.size(), model.length);
        }
      }),
    );
  });

  test('takes linear time: work counted by the items that are moved', () => {
    // The copy that keeps memory bounded moves each item a constant number of times: count the copies.
    const total = 50_000;
    let moved = 0;
    const original = Array.prototype.slice;
    const fifo = createFifo<number>();
    for (let item = 0; item < total; item += 1) fifo.push(item);
    Array.prototype.slice = function counted(this: unknown[], ...range: [number?, number?]) {
      const copy = original.apply(this, range);
      moved += copy.length;
      return copy;
    };
    try {
      while (fifo.size() > 0) fifo.shift();
    } finally {
      Array.prototype.slice = original;
    }
    assert.ok(moved <= total, `${moved} items were copied`);
  });
});
