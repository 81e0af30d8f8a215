import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { createRecordedLog } from '../../test/support/recorded-log.ts';
import type { Component, StopContext } from './component.ts';
import { StartError } from './start-error.ts';
import { createStartStop } from './start-stop.ts';

const never = () => new Promise<void>(() => undefined);

/** Components that note what happens to them; their behaviour can be replaced one by one. */
function setUp(...parts: readonly (string | (Partial<Component> & { readonly name: string }))[]) {
  const clock = createFakeClock();
  const log = createRecordedLog();
  const giveUp = new AbortController();
  const calls: string[] = [];
  const components = parts.map((part): Component => {
    const { name, start, stop, ...rest } = typeof part === 'string' ? { name: part } : part;
    return {
      name,
      ...rest,
      start(signal) {
        calls.push(`start ${name}`);
        return start?.(signal);
      },
      stop(context: StopContext) {
        calls.push(`stop ${name}${context.clean ? '' : ' (not clean)'}`);
        return stop?.(context);
      },
    };
  });
  const sequence = createStartStop({ components, clock, log, gracePeriodMs: 25_000, giveUp });
  return { calls, clock, giveUp, log, sequence };
}

describe('starting and stopping', () => {
  test('starts in order, each when the one before is up', async () => {
    const up = Promise.withResolvers<void>();
    const { calls, clock, sequence } = setUp({ name: 'a', start: () => up.promise }, 'b', 'c');
    const starting = sequence.start();
    await clock.advance(0);
    assert.deepEqual(calls, ['start a']);
    up.resolve();
    await starting;
    assert.deepEqual(calls, ['start a', 'start b', 'start c']);
  });

  test('stops in reverse order, each when the one after it has ended', async () => {
    const ended = Promise.withResolvers<void>();
    const { calls, clock, sequence } = setUp('a', 'b', { name: 'c', stop: () => ended.promise });
    await sequence.start();
    calls.length = 0;
    const stopping = sequence.stop();
    await clock.advance(1_000);
    assert.deepEqual(calls, ['stop c']);
    ended.resolve();
    assert.equal(await stopping, true);
    assert.deepEqual(calls, ['stop c', 'stop b', 'stop a']);
    assert.deepEqual(clock.pending(), [], 'no timer is left behind');
  });

  test('a component without a stop needs none', async () => {
    const clock = createFakeClock();
    const components = [{ name: 'a', start: () => undefined }];
    const giveUp = new AbortController();
    const sequence = createStartStop({ components, clock, log: createRecordedLog(), gracePeriodMs: 1, giveUp });
    await sequence.start();
    assert.equal(await sequence.stop(), true);
  });

  test('says every ten seconds what it waits for', async () => {
    const up = Promise.withResolvers<void>();
    const { clock, log, sequence } = setUp({ name: 'caches', start: () => up.promise });
    const starting = sequence.start();
    await clock.advance(25_000);
    assert.deepEqual(
      log.lines.map(({ message, fields }) => [message, fields]),
      [
        ['still starting', { component: 'caches', forSeconds: 10 }],
        ['still starting', { component: 'caches', forSeconds: 20 }],
      ],
    );
    up.resolve();
    await starting;
    assert.deepEqual(clock.pending(), []);
  });
});

test('a replica that stands by says nothing of it, however long', async () => {
  const won = Promise.withResolvers<void>();
  const { clock, log, sequence } = setUp({ name: 'leader election', mayWait: true, start: () => won.promise });
  const starting = sequence.start();
  await clock.advance(3_600_000);
  assert.deepEqual(log.lines, []);
  won.resolve();
  await starting;
});

describe('a component that does not start', () => {
  test('is named, with the reason', async () => {
    const cause = new Error('no such host');
    const { calls, sequence } = setUp('a', { name: 'b', start: () => Promise.reject(cause) }, 'c');
    await assert.rejects(sequence.start(), (error) => {
      assert.ok(error instanceof StartError);
      assert.deepEqual([error.code, error.message], ['ComponentFailed', 'b did not start: no such host']);
      assert.equal(error.cause, cause);
      return true;
    });
    assert.deepEqual(calls, ['start a', 'start b']);
  });

  test('is stopped too, and before those that were started earlier', async () => {
    const { calls, sequence } = setUp('a', {
      name: 'b',
      start: () => {
        throw 'a text';
      },
    });
    await assert.rejects(sequence.start(), /b did not start: a text/);
    assert.equal(await sequence.stop(), true);
    assert.deepEqual(calls.slice(2), ['stop b', 'stop a']);
  });

  test('keeps an error that says more by itself', async () => {
    const error = new StartError('AddressInUse', ':8080 is in use');
    const { sequence } = setUp({ name: 'a', start: () => Promise.reject(error) });
    await assert.rejects(sequence.start(), error);
  });
});

describe('stopping while starting', () => {
  test('stops what is being started, and starts nothing more', async () => {
    const up = Promise.withResolvers<void>();
    const { calls, clock, sequence } = setUp(
      'a',
      { name: 'b', start: () => up.promise, stop: () => up.resolve() },
      'c',
    );
    const starting = sequence.start();
    await clock.advance(0);
    assert.equal(await sequence.stop(), true);
    await starting;
    assert.deepEqual(calls, ['start a', 'start b', 'stop b', 'stop a']);
  });
});

describe('a component that does not stop', () => {
  test('is given up on after the grace period, and the others are told', async () => {
    const { calls, clock, giveUp, log, sequence } = setUp('a', 'b', { name: 'c', stop: never });
    await sequence.start();
    calls.length = 0;
    const stopping = sequence.stop();
    await clock.advance(24_999);
    assert.equal(giveUp.signal.aborted, false);
    await clock.advance(1);
    assert.equal(giveUp.signal.aborted, true);
    assert.deepEqual(log.at('error'), ['did not stop in time; giving up on it']);
    assert.equal(log.line('did not stop in time; giving up on it').fields.component, 'c');
    await clock.advance(1_000);
    assert.equal(await stopping, false);
    assert.deepEqual(calls, ['stop c', 'stop b (not clean)', 'stop a (not clean)']);
  });

  test('has a last second to end once its signal is aborted', async () => {
    const { calls, clock, sequence } = setUp('a', {
      name: 'b',
      start: () => undefined,
      stop: never,
    });
    await sequence.start();
    const stopping = sequence.stop();
    await clock.advance(25_999);
    assert.ok(!calls.includes('stop a (not clean)'));
    await clock.advance(1);
    assert.equal(await stopping, false);
    assert.ok(calls.includes('stop a (not clean)'));
  });

  test('that ends when its signal is aborted is still not clean: it may have been cut short', async () => {
    const { calls, clock, giveUp, sequence } = setUp('a', {
      name: 'b',
      stop: () =>
        new Promise<void>((resolve) => {
          giveUp.signal.addEventListener('abort', () => resolve());
        }),
    });
    await sequence.start();
    const stopping = sequence.stop();
    await clock.advance(25_000);
    assert.equal(await stopping, false);
    assert.equal(calls.at(-1), 'stop a (not clean)');
  });

  test('leaves the others a second each, although the grace period is over', async () => {
    const { calls, clock, sequence } = setUp('a', { name: 'b', stop: never }, { name: 'c', stop: never });
    await sequence.start();
    const stopping = sequence.stop();
    await clock.advance(26_000);
    assert.ok(calls.includes('stop b (not clean)'));
    await clock.advance(1_999);
    assert.ok(!calls.includes('stop a (not clean)'));
    await clock.advance(1);
    assert.equal(await stopping, false);
  });

  test('all share one grace period', async () => {
    const { clock, giveUp, sequence } = setUp(
      'a',
      { name: 'b', stop: never },
      {
        name: 'c',
        stop: () => new Promise<void>((resolve) => void clock.after(20_000, resolve)),
      },
    );
    await sequence.start();
    const stopping = sequence.stop();
    await clock.advance(20_000);
    assert.equal(giveUp.signal.aborted, false);
    await clock.advance(5_000);
    assert.equal(giveUp.signal.aborted, true);
    await clock.advance(1_000);
    assert.equal(await stopping, false);
  });

  test('or throws while stopping does not keep the others from being stopped', async () => {
    for (const stop of [
      () => Promise.reject(new Error('broken')),
      () => {
        throw new Error('broken');
      },
    ]) {
      const { calls, log, sequence } = setUp('a', { name: 'b', stop });
      await sequence.start();
      assert.equal(await sequence.stop(), false);
      assert.equal(calls.at(-1), 'stop a (not clean)');
      assert.equal(log.line('did not stop in order').fields.component, 'b');
    }
  });
});
