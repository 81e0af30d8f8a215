import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Gauge, register } from 'prom-client';
import { metricValues } from '../../test/support/metric-values.ts';
import { createMetrics } from './metrics.ts';

describe('metrics', () => {
  test('have the names, types and labels that controller-runtime users know', async () => {
    const metrics = createMetrics();
    const families = new Map(metrics.registry.getMetricsAsArray().map((family) => [family.name, family]));
    const expected: Readonly<Record<string, readonly [type: string, ...labels: readonly string[]]>> = {
      controller_runtime_reconcile_total: ['counter', 'controller', 'result'],
      controller_runtime_reconcile_errors_total: ['counter', 'controller'],
      controller_runtime_terminal_reconcile_errors_total: ['counter', 'controller'],
      controller_runtime_reconcile_panics_total: ['counter', 'controller'],
      controller_runtime_reconcile_timeouts_total: ['counter', 'controller'],
      controller_runtime_reconcile_time_seconds: ['histogram', 'controller'],
      controller_runtime_max_concurrent_reconciles: ['gauge', 'controller'],
      controller_runtime_active_workers: ['gauge', 'controller'],
      workqueue_depth: ['gauge', 'name', 'controller', 'priority'],
      workqueue_adds_total: ['counter', 'name', 'controller'],
      workqueue_queue_duration_seconds: ['histogram', 'name', 'controller'],
      workqueue_work_duration_seconds: ['histogram', 'name', 'controller'],
      workqueue_unfinished_work_seconds: ['gauge', 'name', 'controller'],
      workqueue_longest_running_processor_seconds: ['gauge', 'name', 'controller'],
      workqueue_retries_total: ['counter', 'name', 'controller'],
      rest_client_requests_total: ['counter', 'code', 'method', 'host'],
      leader_election_master_status: ['gauge', 'name'],
    };
    for (const [name, [type, ...labels]] of Object.entries(expected)) {
      const family = families.get(name);
      assert.ok(family, `${name} is missing`);
      assert.equal(String(family.type), type, name);
      assert.deepEqual(Reflect.get(family, 'labelNames'), labels, name);
    }
  });

  test('the buckets of a reconcile are controller-runtime’s', async () => {
    const metrics = createMetrics();
    metrics.reconcileTime.observe({ controller: 'c' }, 0.07);
    const buckets = Object.keys(await metricValues(metrics, 'controller_runtime_reconcile_time_seconds_bucket'));
    const bounds = buckets.map((labels) => /le="([^"]+)"/.exec(labels)?.[1]);
    assert.equal(bounds.length, 41);
    assert.deepEqual(
      [...bounds.slice(0, 5), ...bounds.slice(-3)],
      ['0.005', '0.01', '0.025', '0.05', '0.1', '50', '60', '+Inf'],
    );
  });

  test('the buckets of the queue are client-go’s, 10 ns times ten', async () => {
    const metrics = createMetrics();
    metrics.queueDuration.observe({ name: 'c', controller: 'c' }, 0.000_5);
    const values = await metricValues(metrics, 'workqueue_queue_duration_seconds_bucket');
    const bounds = Object.keys(values).map((labels) => Number(/le="([^"]+)"/.exec(labels)?.[1]));
    assert.deepEqual(bounds.slice(0, 12), [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100, 1000]);
  });

  test('count requests by code, method and host', async () => {
    const metrics = createMetrics();
    metrics.request('GET', '200', '10.0.0.1:443');
    metrics.request('GET', '200', '10.0.0.1:443');
    metrics.request('PATCH', '<error>', '10.0.0.1:443');
    assert.deepEqual(await metricValues(metrics, 'rest_client_requests_total'), {
      '{code="200",method="GET",host="10.0.0.1:443"}': 2,
      '{code="<error>",method="PATCH",host="10.0.0.1:443"}': 1,
    });
  });

  test('tell who leads', async () => {
    const metrics = createMetrics();
    metrics.leading('lease-a', false);
    metrics.leading('lease-b', true);
    assert.deepEqual(await metricValues(metrics, 'leader_election_master_status'), {
      '{name="lease-a"}': 0,
      '{name="lease-b"}': 1,
    });
  });

  test('collectors run before each scrape', async () => {
    const metrics = createMetrics();
    const gauge = new Gauge({ name: 'things', help: 'Things.', registers: [metrics.registry] });
    let things = 3;
    metrics.onScrape(() => gauge.set(things));
    assert.deepEqual(await metricValues(metrics, 'things'), { '': 3 });
    things = 5;
    assert.deepEqual(await metricValues(metrics, 'things'), { '': 5 });
  });

  test('are exposed as Prometheus text', async () => {
    const { contentType, body } = await createMetrics().expose();
    assert.equal(contentType, 'text/plain; version=0.0.4; charset=utf-8');
    assert.match(body, /^# HELP /);
    assert.ok(body.endsWith('\n'), 'the format wants a newline at the end');
  });

  test('two sets do not share anything, and the global registry stays empty', async () => {
    const one = createMetrics();
    const other = createMetrics();
    one.leading('lease', true);
    assert.deepEqual(await metricValues(other, 'leader_election_master_status'), {});
    assert.deepEqual(register.getMetricsAsArray(), []);
  });
});
