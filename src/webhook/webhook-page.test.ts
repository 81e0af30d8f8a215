import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { metricValues } from '../../test/support/metric-values.ts';
import { createRecordedLog } from '../../test/support/recorded-log.ts';
import { aServer } from '../../test/support/snapshots.ts';
import type { Page } from '../runtime/http-server.ts';
import { createMetrics } from '../runtime/metrics.ts';
import type { Verdict } from './review.ts';
import { createWebhookMetrics } from './webhook-metrics.ts';
import { createWebhookPage, type WebhookPageOptions } from './webhook-page.ts';

const body = JSON.stringify({
  request: {
    uid: 'u',
    operation: 'CREATE',
    namespace: 'team-a',
    resource: { group: 'mcp.mcp.dev', version: 'v1alpha1', resource: 'mcpservers' },
    object: aServer(),
  },
});

function stage(admit: WebhookPageOptions['admit']) {
  const clock = createFakeClock();
  const log = createRecordedLog();
  const metrics = createMetrics();
  const isGenuine = (path: string) => path === '/genuine';
  const page = createWebhookPage({ clock, log, metrics: createWebhookMetrics(metrics), admit, isGenuine });
  const call = async (path = '/genuine', text = body, query = ''): Promise<Page> =>
    (await page({ path, query: new URLSearchParams(query), headers: {}, body: text })) ?? assert.fail('no page');
  const outcomes = () => metricValues(metrics, 'mcpserver_admission_total');
  return { clock, log, metrics, call, outcomes };
}

const responseIn = (page: Page) => JSON.parse(page.body).response;
const denied: Verdict = { allowed: false, refusal: { code: 422, reason: 'Invalid', message: 'no' }, warnings: ['w'] };

describe('a genuine call', () => {
  test('gets the verdict', async () => {
    const { call, outcomes } = stage(async () => denied);
    const page = await call();
    assert.deepEqual([page.status, page.contentType], [200, 'application/json']);
    assert.deepEqual(responseIn(page), {
      uid: 'u',
      allowed: false,
      status: { code: 422, reason: 'Invalid', message: 'no' },
      warnings: ['w'],
    });
    assert.deepEqual(await outcomes(), { '{outcome="denied"}': 1 });
  });

  test('is allowed with a warning when the check fails, and the log says why', async () => {
    const { call, log, outcomes } = stage(async () => {
      throw new TypeError('x is undefined');
    });
    const { allowed, warnings } = responseIn(await call());
    assert.equal(allowed, true);
    assert.match(warnings.join(), /was not checked \(the operator has a problem, see its log\)/);
    assert.doesNotMatch(warnings.join(), /undefined/);
    assert.match(String(log.line('an MCPServer is admitted without a check').fields.error), /x is undefined/);
    assert.deepEqual(await outcomes(), { '{outcome="unchecked"}': 1 });
  });

  for (const [query, limitMs] of [
    ['timeout=10s', 8_000],
    ['timeout=1s', 800],
    ['timeout=30s', 24_000],
    ['', 8_000],
    ['timeout=900s', 8_000],
    ['timeout=-1s', 8_000],
  ] as const) {
    test(`is answered before the API server gives up: ${query || 'no timeout'}`, async () => {
      let signal: AbortSignal | undefined;
      const { call, clock } = stage((_request, given) => {
        signal = given;
        return new Promise(() => undefined);
      });
      const answer = call('/genuine', body, query);
      await clock.advance(limitMs - 1);
      assert.equal(signal?.aborted, false);
      await clock.advance(1);
      assert.equal(signal?.aborted, true);
      const { allowed, warnings } = responseIn(await answer);
      assert.equal(allowed, true);
      assert.match(warnings.join(), /it took too long/);
      assert.deepEqual(clock.pending(), []);
    });
  }
});

describe('a forged call', () => {
  for (const path of [
    '/',
    '/admit/',
    '/admit/guessed',
    '/validate-mcp-mcp-dev-v1alpha1-mcpserver',
    '/genuine/',
    '/GENUINE',
  ]) {
    test(`to ${path} is allowed without a look: it learns nothing and costs nothing`, async () => {
      let looked = 0;
      const { call, outcomes, log } = stage(async () => {
        looked += 1;
        return denied;
      });
      assert.deepEqual(responseIn(await call(path)), { uid: 'u', allowed: true });
      assert.equal(looked, 0);
      assert.deepEqual(await outcomes(), { '{outcome="unknown-caller"}': 1 });
      // A flood of them is a number in a metric, not a flood of lines.
      assert.deepEqual(log.lines, []);
    });
  }
});

test('what is no review is a 400, and nothing of it is repeated', async () => {
  const { call, metrics } = stage(async () => denied);
  const page = await call('/genuine', '{"swordfish');
  assert.equal(page.status, 400);
  assert.doesNotMatch(page.body, /swordfish/);
  assert.deepEqual(await metricValues(metrics, 'controller_runtime_webhook_requests_total'), {
    '{webhook="/validate-mcp-mcp-dev-v1alpha1-mcpserver",code="400"}': 1,
  });
});

test('calls are measured under controller-runtime’s names', async () => {
  const { call, metrics } = stage(async () => denied);
  await call();
  const webhook = '{webhook="/validate-mcp-mcp-dev-v1alpha1-mcpserver"}';
  assert.deepEqual(await metricValues(metrics, 'controller_runtime_webhook_latency_seconds_count'), { [webhook]: 1 });
  assert.deepEqual(await metricValues(metrics, 'controller_runtime_webhook_requests_in_flight'), { [webhook]: 0 });
});
