import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createArmory } from './armory.ts';
import type { FaultSpec } from './fault.ts';
import type { MatchedEvent, MatchedRequest } from './match.ts';

const write = (name: string, more: Partial<MatchedRequest> = {}): MatchedRequest => ({
  verb: 'apply',
  resource: 'services',
  namespace: 'ns',
  name,
  subresource: undefined,
  instance: '1',
  body: undefined,
  ...more,
});
const watch = write('', { verb: 'watch', name: undefined });
const event = (name: string): MatchedEvent => ({ resource: 'pods', type: 'ADDED', namespace: 'ns', name, object: {} });

const onWrite = (nth: number, times?: number | null, name?: string): FaultSpec => ({
  on: 'request',
  match: { verb: 'apply', ...(name !== undefined && { name }) },
  nth,
  ...(times !== undefined && { times }),
  action: { do: 'reset', commit: false },
});

describe('an armory', () => {
  it('lets everything pass that nobody waits for', () => {
    const armory = createArmory({});
    armory.inject(onWrite(1, 1, 'other'));
    assert.equal(armory.request(write('weather')), undefined);
    assert.equal(armory.event(event('p')), undefined);
  });

  it('meets the n-th that matches, and so many after it', () => {
    const check = (nth: number, times: number | null | undefined, count: number) => {
      const armory = createArmory({});
      armory.inject(onWrite(nth, times, 'weather'));
      const met: number[] = [];
      for (let number = 1; number <= count; number++) {
        armory.request(write('other'));
        if (armory.request(write('weather')) !== undefined) met.push(number);
      }
      const last = times === null ? count : nth + (times ?? 1) - 1;
      assert.deepEqual(
        met,
        Array.from({ length: count }, (_, index) => index + 1).filter((n) => n >= nth && n <= last),
      );
    };
    const times = fc.option(fc.integer({ min: 1, max: 4 }), { nil: null });
    fc.assert(fc.property(fc.integer({ min: 1, max: 6 }), times, fc.integer({ min: 0, max: 12 }), check));
    check(2, undefined, 5);
  });

  it('counts for each fault by itself, and gives the first of those whose turn it is', () => {
    const armory = createArmory({});
    armory.inject(onWrite(2));
    armory.inject(onWrite(1, null));
    const numbers = [1, 2, 3].map(() => armory.request(write('weather'))?.armed.number);
    assert.deepEqual(numbers, [2, 1, 2]);
  });

  it('tells a watch as a request from a watch as a watch', () => {
    const armory = createArmory({});
    armory.inject({ on: 'watch', match: { resource: 'services' }, nth: 1, action: { do: 'chop', bytes: 1 } });
    armory.inject({ on: 'request', match: { verb: 'watch' }, nth: 2, action: { do: 'reset', commit: false } });
    assert.equal(armory.request(write('weather')), undefined);
    assert.equal(armory.request(watch)?.on, 'watch');
    assert.equal(armory.request(watch)?.on, 'request');
  });

  it('meets events', () => {
    const armory = createArmory({ $name: 'p' });
    const fault = armory.inject({
      on: 'event',
      match: { resource: 'pods', name: '$name' },
      nth: 2,
      action: { do: 'hold', ms: 5 },
    });
    assert.equal(armory.event(event('p')), undefined);
    assert.equal(armory.event(event('q')), undefined);
    const armed = armory.event(event('p'));
    assert.deepEqual(armed?.action, { do: 'hold', ms: 5 });
    assert.equal(armed?.spec, fault.spec);
  });

  it('knows how often a fault was done, which is not how often it was met', async () => {
    const armory = createArmory({});
    const fault = armory.inject(onWrite(1, 2));
    const first = armory.request(write('weather'));
    assert.equal(fault.fired, 0);
    first?.armed.fire();
    await fault.firstFired;
    armory.request(write('weather'))?.armed.fire();
    assert.equal(fault.fired, 2);
  });

  it('lets go of what a removed fault holds, and does it no more', () => {
    const armory = createArmory({});
    const [one, other] = [armory.inject(onWrite(1, null)), armory.inject(onWrite(2, null))];
    const held = armory.request(write('weather'))?.armed;
    assert.equal(held?.removed.aborted, false);
    one.remove();
    assert.equal(held?.removed.aborted, true);
    assert.equal(armory.request(write('weather'))?.armed.spec, other.spec);
    armory.clear();
    assert.equal(armory.request(write('weather')), undefined);
  });

  for (const wrong of [0, -1, 1.5, Number.NaN]) {
    it(`refuses to wait for match ${wrong}`, () => {
      assert.throws(() => createArmory({}).inject(onWrite(wrong)), RangeError);
      assert.throws(() => createArmory({}).inject(onWrite(1, wrong)), RangeError);
    });
  }
});
