import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClusterError } from './cluster-error.ts';

test('the printed form has the component, its last lines, where the rest is, and what to do', () => {
  const error = new ClusterError('ComponentFailed', 'kubelet ended before it was healthy', {
    component: 'kubelet',
    tail: ['E1 no swap', 'F2 exiting'],
    logFile: '/state/logs/kubelet.log',
    fix: 'turn it off',
  });
  assert.equal(
    error.format(),
    [
      'error: kubelet ended before it was healthy',
      'last lines of kubelet:',
      '  | E1 no swap',
      '  | F2 exiting',
      'the rest is in /state/logs/kubelet.log',
      'what to do: turn it off',
    ].join('\n'),
  );
});

test('what is not known is left out of the printed form', () => {
  assert.equal(new ClusterError('NotRunning', 'the cluster is not up').format(), 'error: the cluster is not up');
});

test('lines without a component are those of its output', () => {
  const error = new ClusterError('CommandFailed', 'it failed', { tail: ['why'] });
  assert.equal(error.format(), 'error: it failed\nlast lines of its output:\n  | why');
});

test('a ClusterError passes the border as it is', () => {
  const error = new ClusterError('OtherCheckout', 'taken');
  assert.equal(ClusterError.from(error), error);
});

test('anything else becomes one that keeps its cause', () => {
  const cause = new TypeError('no such thing');
  const error = ClusterError.from(cause);
  assert.equal(error.code, 'Unexpected');
  assert.equal(error.message, 'no such thing');
  assert.equal(error.cause, cause);
});

test('an abort is told from a failure', () => {
  const controller = new AbortController();
  controller.abort();
  assert.equal(ClusterError.from(controller.signal.reason).code, 'Aborted');
});

test('a thrown value that is no error is told in words', () => {
  const error = ClusterError.from('just text');
  assert.equal(error.message, 'just text');
  assert.equal(error.code, 'Unexpected');
});
