import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { metricValues } from '../../test/support/metric-values.ts';
import { countOutcome, initReconcileMetrics, queueHooks } from './controller-metrics.ts';
import { ApiError } from './errors.ts';
import { createMetrics } from './metrics.ts';
import { createQueue, type Queue } from './queue.ts';
import type { Outcome } from './reconcile-outcome.ts';

const labels = '{name="c",controller="c"}';

function measuredQueue() {
  const metrics = createMetrics();
  const clock = createFakeClock();
  const queue: Queue = createQueue({ clock, hooks: queueHooks(metrics, 'c', () => queue.stats()) });
  return { clock, metrics, queue, value: async (name: string) => (await metricValues(metrics, name))[labels] };
}

describe('metrics of a queue', () => {
  test('depth by priority, as controller-runtime numbers them', async () => {
    const { metrics, queue } = measuredQueue();
    queue.add('a');
    queue.add('b', { priority: 'background' });
    queue.add('c', { priority: 'background' });
    assert.deepEqual(await metricValues(metrics, 'workqueue_depth'), {
      '{name="c",controller="c",priority="0"}': 1,
      '{name="c",controller="c",priority="-100"}': 2,
    });
  });

  test('adds and retries are there at zero before anything happened', async () => {
    const { value } = measuredQueue();
    assert.equal(await value('workqueue_adds_total'), 0);
    assert.equal(await value('workqueue_retries_total'), 0);
  });

  test('durations are in seconds', async () => {
    const { clock, queue, value } = measuredQueue();
    queue.add('a');
    await clock.advance(250);
    await queue.get();
    await clock.advance(2_000);
    assert.equal(await value('workqueue_queue_duration_seconds_sum'), 0.25);
    assert.equal(await value('workqueue_unfinished_work_seconds'), 2);
    assert.equal(await value('workqueue_longest_running_processor_seconds'), 2);
    queue.retry('a');
    queue.done('a');
    assert.equal(await value('workqueue_work_duration_seconds_sum'), 2);
    assert.equal(await value('workqueue_unfinished_work_seconds'), 0);
    assert.equal(await value('workqueue_longest_running_processor_seconds'), 0);
    assert.equal(await value('workqueue_adds_total'), 1);
    assert.equal(await value('workqueue_retries_total'), 1);
  });
});

describe('metrics of reconciles', () => {
  const error = new ApiError('Unknown', 'x');
  const rows: readonly (readonly [Outcome, string, errors: number, terminal: number, panics: number])[] = [
    [{ kind: 'success' }, 'success', 0, 0, 0],
    [{ kind: 'requeue_after', afterMs: 1 }, 'requeue_after', 0, 0, 0],
    [{ kind: 'conflict', error }, 'requeue', 0, 0, 0],
    [{ kind: 'dropped', error }, 'requeue', 0, 0, 0],
    [{ kind: 'error', error }, 'error', 1, 0, 0],
    [{ kind: 'terminal', error }, 'error', 1, 1, 0],
    [{ kind: 'panic', error }, 'error', 1, 0, 1],
  ];
  for (const [outcome, result, errors, terminal, panics] of rows) {
    test(`${outcome.kind} counts once, as ${result}`, async () => {
      const metrics = createMetrics();
      initReconcileMetrics(metrics, 'c', 4);
      countOutcome(metrics, 'c', outcome);
      const total = await metricValues(metrics, 'controller_runtime_reconcile_total');
      for (const each of ['success', 'error', 'requeue', 'requeue_after']) {
        assert.equal(total[`{controller="c",result="${each}"}`], each === result ? 1 : 0, each);
      }
      const count = async (name: string) => (await metricValues(metrics, name))['{controller="c"}'];
      assert.equal(await count('controller_runtime_reconcile_errors_total'), errors);
      assert.equal(await count('controller_runtime_terminal_reconcile_errors_total'), terminal);
      assert.equal(await count('controller_runtime_reconcile_panics_total'), panics);
      assert.equal(await count('controller_runtime_max_concurrent_reconciles'), 4);
      assert.equal(await count('controller_runtime_active_workers'), 0);
    });
  }
});
