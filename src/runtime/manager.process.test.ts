import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startProgram } from '../../test/support/program.ts';

/** The manager in a real process, with real signals and a real end. */

/** A program whose only component is given as code; it has no socket and no timer that would keep it up. */
function startManaged(component: string) {
  const code = `
    import { systemClock, sleep } from './clock.ts';
    import { createLogger } from './log.ts';
    import { createManager } from './manager.ts';
    const log = await createLogger({ level: 'debug' });
    const component = ${component};
    const manager = createManager({ components: [component], clock: systemClock, log });
    const code = await manager.run();
    log.info('run returned', { code });
    process.exit(code);
  `;
  return startProgram(['--input-type=module', '--eval', code], import.meta.dirname);
}

describe('a managed process', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`stays up with nothing but waiting to do, and ends in order on ${signal}`, async () => {
      const program = startManaged(`{
        name: 'part',
        async start() { await sleep(systemClock, 10); },
        async stop() { await sleep(systemClock, 10); log.info('part stopped'); },
      }`);
      await program.said('everything is up');
      program.kill(signal);
      assert.equal(await program.ended(), 0);
      const said = program.lines().map(({ msg }) => msg);
      assert.deepEqual(said.slice(-4), ['stopping', 'part stopped', 'stopped', 'run returned']);
    });
  }

  test('a second signal ends it although a component does not stop', async () => {
    const program = startManaged(`{ name: 'part', start() {}, stop: () => new Promise(() => {}) }`);
    await program.said('everything is up');
    program.kill('SIGTERM');
    await program.said('stopping');
    program.kill('SIGINT');
    assert.equal(await program.ended(), 130);
  });

  test('a rejection that nobody awaits is logged with its stack, exit code 1', async () => {
    const program = startManaged(`{ name: 'part', start() { void Promise.reject(new TypeError('forgotten')); } }`);
    assert.equal(await program.ended(), 1);
    const { level, error } = await program.said('a rejected promise that nothing awaited: a bug');
    assert.equal(level, 'error');
    assert.match(JSON.stringify(error), /"type":"TypeError","message":"forgotten","stack":"TypeError: forgotten\\n/);
  });

  test('so is an exception in a callback', async () => {
    const program = startManaged(`{ name: 'part', start() { setTimeout(() => { throw new Error('thrown'); }, 1); } }`);
    assert.equal(await program.ended(), 1);
    await program.said('an error that nothing caught: a bug');
  });

  test('a component that does not start: its reason is the last thing said before the stop, exit code 1', async () => {
    const program = startManaged(`{ name: 'part', async start() { throw new Error('no such host'); } }`);
    assert.equal(await program.ended(), 1);
    const { error } = await program.said('could not start');
    assert.match(JSON.stringify(error), /part did not start: no such host/);
  });
});
