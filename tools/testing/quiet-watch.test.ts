import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { createVoice } from './quiet-watch.ts';

function voice(doing: () => readonly string[] = () => ['a.test.ts › waits']) {
  const clock = createFakeClock();
  const printed: string[] = [];
  return { clock, printed, voice: createVoice({ clock, print: (line) => printed.push(line), doing }) };
}

describe('a voice', () => {
  it('prints what it is given', () => {
    const { voice: one, printed } = voice();
    one.say('hello');
    assert.deepEqual(printed, ['hello']);
  });

  it('says what still runs after 30 s of silence', async () => {
    const { clock, printed } = voice();
    await clock.advance(29_999);
    assert.deepEqual(printed, []);
    await clock.advance(1);
    assert.deepEqual(printed, ['  … 0.5 min so far, still running: a.test.ts › waits']);
  });

  it('says so again after 30 s more', async () => {
    const { clock, printed } = voice();
    await clock.advance(90_000);
    assert.equal(printed.length, 3);
    assert.match(printed[2] ?? '', /1\.5 min so far/);
  });

  it('counts the silence from the last line', async () => {
    const { clock, printed, voice: one } = voice();
    await clock.advance(20_000);
    one.say('progress');
    await clock.advance(29_999);
    assert.deepEqual(printed, ['progress']);
    await clock.advance(1);
    assert.equal(printed.length, 2);
  });

  it('asks at that moment what goes on', async () => {
    let now = 'first';
    const { clock, printed } = voice(() => [now]);
    now = 'second';
    await clock.advance(30_000);
    assert.match(printed[0] ?? '', /second$/);
  });

  it('has words for when nothing is named', async () => {
    const { clock, printed } = voice(() => []);
    await clock.advance(30_000);
    assert.match(printed[0] ?? '', /still running: the next step$/);
  });

  it('is silent once it has ended', async () => {
    const { clock, printed, voice: one } = voice();
    one.end();
    await clock.advance(300_000);
    assert.deepEqual(printed, []);
    assert.deepEqual(clock.pending(), []);
  });
});
