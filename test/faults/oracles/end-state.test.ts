import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { expectationOf, noOrphans, sameEndState } from './end-state.ts';
import { aRun, child } from './sample-run.ts';

const good = aRun();
const textsOf = (run: typeof good, references: readonly [typeof good, typeof good] = [good, good]) =>
  sameEndState(references, run).map(({ text }) => text);

describe('the end state', () => {
  test('is that of the references: nothing to say', () => {
    assert.deepEqual(textsOf(good), []);
  });

  test('a field that is another is named, with both values', () => {
    const endState = { ...good.endState, 'MCPServer/weather': { spec: { image: 'a:1' }, status: { phase: 'Failed' } } };
    assert.deepEqual(textsOf(aRun({ endState })), [
      'MCPServer/weather status.phase is "Failed" and should be "Running"',
    ]);
  });

  test('an object that is missing, and one too many', () => {
    const { 'Service/weather': _, ...rest } = good.endState;
    const [missing = ''] = textsOf(aRun({ endState: rest }));
    assert.match(missing, /^Service\/weather is not there/);
    const [extra = ''] = textsOf(aRun({ endState: { ...good.endState, 'Service/other': { spec: {} } } }));
    assert.match(extra, /^Service\/other is .* should be not there$/);
  });

  test('one pod more is a difference', () => {
    const one = aRun({ endState: { pods: [{ image: 'a:1' }] } });
    const two = aRun({ endState: { pods: [{ image: 'a:1' }, { image: 'a:1' }] } });
    assert.equal(textsOf(two, [one, one]).length, 1);
    assert.deepEqual(textsOf(one, [one, one]), []);
  });

  test('where the references differ, nothing is expected; elsewhere it is', () => {
    const other = aRun({
      endState: { ...good.endState, 'MCPServer/weather': { spec: { image: 'a:1' }, status: { phase: 'Pending' } } },
    });
    assert.deepEqual([...expectationOf([good, other]).masked], ['MCPServer/weather status.phase']);
    const third = aRun({
      endState: { ...good.endState, 'MCPServer/weather': { spec: { image: 'b:2' }, status: { phase: 'Stopped' } } },
    });
    assert.deepEqual(textsOf(third, [good, other]), ['MCPServer/weather spec.image is "b:2" and should be "a:1"']);
  });

  test('what the workload leaves open is not expected, even where the references agree by chance', () => {
    const open = aRun({ varies: ['MCPServer/weather status.phase'] });
    const endState = { ...good.endState, 'MCPServer/weather': { spec: { image: 'a:1' }, status: { phase: 'Failed' } } };
    assert.deepEqual(textsOf(aRun({ endState }), [open, open]), []);
  });

  test('a run that is stuck has none: that is another finding', () => {
    assert.deepEqual(textsOf(aRun({ endState: {}, stuck: 'waited in vain' })), []);
  });
});

describe('orphans', () => {
  const textOf = (endState: typeof good.endState) =>
    noOrphans([good, good], aRun({ endState })).map(({ text }) => text);

  test('children of a server that is there are none', () => {
    assert.deepEqual(textOf(good.endState), []);
  });

  test('a child without an owner is one', () => {
    assert.deepEqual(textOf({ 'Service/weather': child() }), [
      'Service/weather has no owner: nobody would ever delete it',
    ]);
  });

  test('a child whose owner is gone is one', () => {
    const [text = ''] = textOf({ 'Deployment/weather': child('MCPServer/weather of the past') });
    assert.match(text, /which is gone$/);
  });

  test('what is somebody else’s is not ours to judge', () => {
    assert.deepEqual(textOf({ 'Service/weather': { metadata: { owners: [] } } }), []);
  });
});
