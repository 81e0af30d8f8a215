import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { together } from './component.ts';

const signal = new AbortController().signal;

describe('components together', () => {
  test('are started at the same time, and up when all are', async () => {
    const first = Promise.withResolvers<void>();
    const log: string[] = [];
    const whole = together('both', [
      { name: 'a', start: () => first.promise },
      { name: 'b', start: () => void log.push('b started') },
    ]);
    assert.equal(whole.name, 'both');
    const starting = Promise.resolve(whole.start(signal)).then(() => log.push('all up'));
    assert.deepEqual(log, ['b started']);
    first.resolve();
    await starting;
    assert.deepEqual(log, ['b started', 'all up']);
  });

  test('all get the signal and the context of the stop', async () => {
    const seen: unknown[] = [];
    const part = (name: string) => ({
      name,
      start: (given: AbortSignal) => void seen.push(given === signal),
      stop: (context: unknown) => void seen.push(context),
    });
    const whole = together('both', [part('a'), part('b'), { name: 'no stop', start: () => undefined }]);
    await whole.start(signal);
    await whole.stop?.({ clean: false });
    assert.deepEqual(seen, [true, true, { clean: false }, { clean: false }]);
  });

  test('do not start when one does not', async () => {
    const whole = together('both', [
      { name: 'a', start: () => undefined },
      { name: 'b', start: () => Promise.reject(new Error('no')) },
    ]);
    await assert.rejects(async () => whole.start(signal), /no/);
  });

  test('are all stopped, although one fails to', async () => {
    let stopped = false;
    const whole = together('both', [
      { name: 'a', start: () => undefined, stop: () => Promise.reject(new Error('stuck')) },
      {
        name: 'b',
        start: () => undefined,
        async stop() {
          await Promise.resolve();
          stopped = true;
        },
      },
    ]);
    await assert.rejects(async () => whole.stop?.({ clean: true }), /stuck/);
    assert.equal(stopped, true);
  });
});
