import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TraceEntry } from '../proxy/trace.ts';
import { anEvent, aRun, aStatus, aWrite, create, deployment } from './sample-run.ts';
import { truthfulStatus } from './status-truth.ts';

const good = aRun();
const textsOf = (...more: readonly TraceEntry[]) =>
  truthfulStatus([good, good], aRun({ entries: [...create(), ...more] })).map(({ text }) => text);

/** The Deployment gets the image of the second generation. */
const rollout = aWrite({ seq: 5, answer: deployment('b:2') });

describe('the generation that a status tells of', () => {
  test('moves with the spec', () => {
    assert.deepEqual(textsOf(rollout, aStatus({ seq: 6, generation: 2, observed: 2, image: 'b:2' })), []);
  });

  test('may lag', () => {
    assert.deepEqual(textsOf(aStatus({ seq: 4, generation: 2, observed: 1, image: 'b:2' })), []);
  });

  test('is never ahead', () => {
    const [text = ''] = textsOf(aStatus({ seq: 4, generation: 1, observed: 2 }));
    assert.match(text, /tells of generation 2, and there is only 1/);
  });

  test('never goes back', () => {
    const on = aStatus({ seq: 6, generation: 2, observed: 2, image: 'b:2' });
    const back = aStatus({ seq: 7, generation: 2, observed: 1, image: 'b:2' });
    assert.deepEqual(
      textsOf(rollout, on, back).map((text) => /goes back to generation 1/.test(text)),
      [true],
    );
  });
});

describe('a spec that is called accepted', () => {
  const claim = aStatus({ seq: 9, generation: 2, observed: 2, image: 'b:2' });

  test('although the Deployment has another image is told, with both', () => {
    const [text = ''] = textsOf(claim);
    assert.match(text, /calls generation 2 accepted while the Deployment has image a:1, not b:2/);
  });

  test('is right when an answer, or an event, has shown the Deployment with it', () => {
    assert.deepEqual(textsOf(rollout, claim), []);
    assert.deepEqual(textsOf(anEvent({ seq: 5, object: deployment('b:2') }), claim), []);
  });

  test('is judged by the last that was seen', () => {
    const undone = anEvent({ seq: 7, object: deployment('a:1') });
    assert.equal(textsOf(rollout, undone, claim).length, 1);
  });

  test('is not judged by what the API server did not do', () => {
    const refused = aWrite({ seq: 5, status: 409, answer: deployment('b:2') });
    assert.equal(textsOf(refused, claim).length, 1);
  });

  test('says nothing of a Deployment that is gone', () => {
    assert.deepEqual(textsOf(anEvent({ seq: 5, type: 'DELETED' }), claim), []);
  });
});

test('a spec that is not accepted is not claimed to be carried out', () => {
  const refused = aStatus({
    seq: 9,
    generation: 2,
    observed: 2,
    image: 'b:2',
    accepted: 'False',
    since: '2026-01-01T00:00:05Z',
  });
  assert.deepEqual(textsOf(refused), []);
});

describe('the time of a condition', () => {
  test('that moves without its status is told', () => {
    const [text = ''] = textsOf(aStatus({ seq: 4, generation: 1, observed: 1, since: '2026-01-01T00:00:09Z' }));
    assert.match(text, /condition Accepted moves its time and not its status/);
  });

  test('may move when nobody told the writer of the status before', () => {
    const since = '2026-01-01T00:00:09Z';
    const unheard = aStatus({ seq: 4, generation: 1, observed: 1, outcome: 'lost' });
    assert.deepEqual(textsOf(unheard, aStatus({ seq: 5, generation: 1, observed: 1, since })), []);
    assert.deepEqual(textsOf(aStatus({ seq: 4, generation: 1, observed: 1, since, instance: '2' })), []);
  });

  test('that goes back is told', () => {
    const [text = ''] = textsOf(
      aStatus({ seq: 4, generation: 1, observed: 1, accepted: 'False', since: '2025-01-01T00:00:00Z' }),
    );
    assert.match(text, /condition Accepted goes back in time/);
  });

  test('may stay when two changes fall into one second', () => {
    assert.deepEqual(textsOf(aStatus({ seq: 4, generation: 1, observed: 1, accepted: 'False' })), []);
  });
});
