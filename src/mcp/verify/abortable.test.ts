import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import { orAborted } from './abortable.ts';

describe('waiting for what cannot be given up', () => {
  it('gives what it comes to', async () => {
    assert.equal(await orAborted(Promise.resolve(7), new AbortController().signal), 7);
  });

  it('throws what it throws', async () => {
    await assert.rejects(orAborted(Promise.reject(new Error('no')), new AbortController().signal), /no/);
  });

  it('ends with the signal', async () => {
    const controller = new AbortController();
    const waiting = orAborted(new Promise(() => undefined), controller.signal);
    controller.abort(new Error('enough'));
    await assert.rejects(waiting, /enough/);
  });

  it('does not begin to wait when it is over', async () => {
    await assert.rejects(orAborted(new Promise(() => undefined), AbortSignal.abort(new Error('before'))), /before/);
  });

  it('leaves no listener behind', async () => {
    const { signal } = new AbortController();
    await orAborted(Promise.resolve(), signal);
    await orAborted(Promise.reject(new Error('no')), signal).catch(() => undefined);
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });

  it('lets what fails later fail unheard: nobody waits for it any more', async () => {
    const controller = new AbortController();
    let fail: (error: Error) => void = () => undefined;
    const work = new Promise<never>((_resolve, reject) => {
      fail = reject;
    });
    const waiting = orAborted(work, controller.signal);
    controller.abort(new Error('enough'));
    await assert.rejects(waiting, /enough/);
    // An unhandled rejection would fail this test.
    fail(new Error('late'));
    await new Promise((resolve) => setImmediate(resolve));
  });
});
