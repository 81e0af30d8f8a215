import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createImageMemory } from './image-memory.ts';

describe('what was learnt of an image', () => {
  it('is known to all its pods', () => {
    const images = createImageMemory();
    images.hold('weather:1');
    images.hold('weather:1');
    images.learn('weather:1', { era: 'legacy' });
    assert.deepEqual(images.recall('weather:1'), { era: 'legacy' });
  });

  it('says nothing of another', () => {
    const images = createImageMemory();
    images.hold('weather:1');
    images.hold('weather:2');
    images.learn('weather:1', { era: 'legacy' });
    assert.equal(images.recall('weather:2'), undefined);
  });

  it('is replaced by what is learnt later', () => {
    const images = createImageMemory();
    images.hold('weather:1');
    images.learn('weather:1', { era: 'legacy' });
    images.learn('weather:1', { era: 'modern' });
    assert.deepEqual(images.recall('weather:1'), { era: 'modern' });
  });

  it('stays while one pod is left, and is forgotten with the last', () => {
    const images = createImageMemory();
    images.hold('weather:1');
    images.hold('weather:1');
    images.learn('weather:1', { era: 'legacy' });
    images.release('weather:1');
    assert.deepEqual(images.recall('weather:1'), { era: 'legacy' });
    images.release('weather:1');
    assert.equal(images.recall('weather:1'), undefined);
    images.hold('weather:1');
    assert.equal(images.recall('weather:1'), undefined, 'and does not come back with the next');
  });

  it('is not kept for an image that no pod runs any more: a probe may end after its pod', () => {
    const images = createImageMemory();
    images.learn('weather:1', { era: 'legacy' });
    images.hold('weather:1');
    assert.equal(images.recall('weather:1'), undefined);
  });

  it('bears a release too many', () => {
    const images = createImageMemory();
    images.release('weather:1');
    images.hold('weather:1');
    images.learn('weather:1', { era: 'legacy' });
    assert.deepEqual(images.recall('weather:1'), { era: 'legacy' });
  });

  it('is there exactly while a pod holds the image, whatever happens', () => {
    const step = fc.record({
      do: fc.constantFrom('hold' as const, 'release' as const, 'learn' as const),
      image: fc.constantFrom('a', 'b'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const images = createImageMemory();
        const pods = new Map([
          ['a', 0],
          ['b', 0],
        ]);
        const learnt = new Set<string>();
        for (const { do: what, image } of steps) {
          const count = pods.get(image) ?? 0;
          if (what === 'learn') {
            images.learn(image, { era: 'legacy' });
            if (count > 0) learnt.add(image);
          } else {
            images[what](image);
            const next = Math.max(0, count + (what === 'hold' ? 1 : -1));
            pods.set(image, next);
            if (next === 0) learnt.delete(image);
          }
          for (const each of ['a', 'b']) assert.equal(images.recall(each) !== undefined, learnt.has(each));
        }
      }),
    );
  });
});
