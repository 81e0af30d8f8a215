import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, test } from 'node:test';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { createRecordedLog } from '../../test/support/recorded-log.ts';
import type { Component } from './component.ts';
import { createManager } from './manager.ts';
import { StartError } from './start-error.ts';

/** A manager of components that note what happens to them, on a process that the test plays. */
function setUp(...parts: readonly (Partial<Component> & { readonly name: string })[]) {
  const clock = createFakeClock();
  const log = createRecordedLog();
  const events = new EventEmitter();
  const calls: string[] = [];
  let signal: AbortSignal | undefined;
  const components = parts.map(
    ({ name, start, stop }): Component => ({
      name,
      start(given) {
        signal = given;
        calls.push(`start ${name}`);
        return start?.(given);
      },
      stop(context) {
        calls.push(`stop ${name}`);
        return stop?.(context);
      },
    }),
  );
  const manager = createManager({ components, clock, log, events });
  return { calls, clock, events, log, manager, givenUp: () => signal?.aborted };
}

const never = () => new Promise<void>(() => undefined);

describe('manager: an orderly life', () => {
  for (const signal of ['SIGTERM', 'SIGINT']) {
    test(`${signal} stops everything in reverse order, exit code 0`, async () => {
      const { calls, clock, events, log, manager } = setUp({ name: 'a' }, { name: 'b' });
      const running = manager.run();
      await clock.advance(0);
      assert.deepEqual(calls, ['start a', 'start b']);
      assert.equal(manager.stopping(), undefined);
      assert.ok(log.at('info').includes('everything is up'));
      events.emit(signal, signal);
      assert.equal(manager.stopping(), 'shutting down', 'readiness says so before anything is stopped');
      assert.equal(await running, 0);
      assert.deepEqual(calls.slice(2), ['stop b', 'stop a']);
      assert.equal(log.line('stopping').fields.signal, signal);
    });
  }

  test('leaves no listener behind, and the signal of the components is aborted at last', async () => {
    const { clock, events, givenUp, manager } = setUp({ name: 'a' });
    const running = manager.run();
    await clock.advance(0);
    assert.equal(givenUp(), false);
    assert.equal(events.eventNames().length, 4);
    events.emit('SIGTERM');
    await running;
    assert.deepEqual(events.eventNames(), []);
    assert.equal(givenUp(), true);
    assert.deepEqual(clock.pending(), []);
  });

  test('a signal during the start stops what was started, and no more is', async () => {
    const up = Promise.withResolvers<void>();
    const { calls, clock, events, log, manager } = setUp(
      { name: 'a' },
      { name: 'b', start: () => up.promise, stop: () => up.resolve() },
      { name: 'c' },
    );
    const running = manager.run();
    await clock.advance(0);
    events.emit('SIGTERM');
    assert.equal(await running, 0);
    assert.deepEqual(calls, ['start a', 'start b', 'stop b', 'stop a']);
    assert.ok(!log.at('info').includes('everything is up'));
  });

  test('a start that breaks off because of the stop is no error', async () => {
    const broken = Promise.withResolvers<void>();
    const { clock, events, log, manager } = setUp({
      name: 'a',
      start: () => broken.promise,
      stop: () => broken.reject(new Error('stopped before synced')),
    });
    const running = manager.run();
    await clock.advance(0);
    events.emit('SIGTERM');
    assert.equal(await running, 0);
    assert.deepEqual(log.at('error'), []);
  });
});

describe('manager: what goes wrong', () => {
  test('a component that does not start: the others are stopped, exit code 1', async () => {
    const error = new StartError('AddressInUse', ':8080 is in use');
    const { calls, log, manager } = setUp({ name: 'a' }, { name: 'b', start: () => Promise.reject(error) });
    assert.equal(await manager.run(), 1);
    assert.deepEqual(calls, ['start a', 'start b', 'stop b', 'stop a']);
    assert.equal(log.line('could not start').fields.error, error);
  });

  test('a component that does not stop in time: exit code 1', async () => {
    const { clock, events, manager } = setUp({ name: 'a', stop: never });
    const running = manager.run();
    await clock.advance(0);
    events.emit('SIGTERM');
    await clock.advance(26_000);
    assert.equal(await running, 1);
  });

  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    test(`a second signal, ${signal}, ends it at once with ${code}`, async () => {
      const { clock, events, givenUp, manager } = setUp({ name: 'a', stop: never });
      const running = manager.run();
      await clock.advance(0);
      events.emit('SIGTERM');
      await clock.advance(100);
      events.emit(signal);
      assert.equal(await running, code);
      assert.equal(givenUp(), true);
    });
  }

  test('a lost lease ends it at once, with nothing stopped in order, exit code 1', async () => {
    const { calls, clock, givenUp, log, manager } = setUp({ name: 'a' });
    const running = manager.run();
    await clock.advance(0);
    const lost = new StartError('LeaseLost', 'the lease is lost');
    manager.fail(lost);
    assert.equal(givenUp(), true, 'at once, not in a later turn');
    assert.equal(await running, 1);
    assert.deepEqual(calls, ['start a']);
    assert.equal(log.line('cannot go on').fields.error, lost);
    assert.equal(manager.stopping(), 'shutting down');
  });

  test('a lease lost while stopping cuts the stop short', async () => {
    const { clock, events, manager } = setUp({ name: 'a', stop: never });
    const running = manager.run();
    await clock.advance(0);
    events.emit('SIGTERM');
    await clock.advance(0);
    manager.fail(new StartError('LeaseLost', 'lost'));
    assert.equal(await running, 1);
  });

  for (const event of ['uncaughtException', 'unhandledRejection']) {
    test(`${event}: logged, exit code 1, nothing trusted any more`, async () => {
      const { calls, clock, events, log, manager } = setUp({ name: 'a' });
      const running = manager.run();
      await clock.advance(0);
      const bug = new TypeError('x is undefined');
      events.emit(event, bug);
      assert.equal(await running, 1);
      assert.deepEqual(calls, ['start a']);
      const line = log.lines.find(({ level }) => level === 'error');
      assert.equal(line?.fields.error, bug);
      assert.match(line?.message ?? '', /a bug$/);
    });
  }
});
