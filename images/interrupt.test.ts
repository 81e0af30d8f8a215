import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { untilInterrupted } from './interrupt.ts';

describe('untilInterrupted', () => {
  it('returns what the work returns', async () => {
    assert.equal(await untilInterrupted(async (signal) => `aborted: ${signal.aborted}`), 'aborted: false');
  });

  it('passes on what the work throws', async () => {
    await assert.rejects(
      untilInterrupted(() => Promise.reject(new Error('no'))),
      /^Error: no$/,
    );
  });

  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`tells the work of ${name}, and lets it clean up`, async () => {
      const result = await untilInterrupted(async (signal) => {
        const told = new Promise((resolve) => signal.addEventListener('abort', resolve));
        process.kill(process.pid, name);
        await told;
        return 'cleaned up';
      });
      assert.equal(result, 'cleaned up');
    });

    it(`leaves no handler for ${name} behind, so the next one ends the process`, async () => {
      const before = process.listenerCount(name);
      await untilInterrupted(async () => assert.equal(process.listenerCount(name), before + 1));
      assert.equal(process.listenerCount(name), before);
    });
  }
});
