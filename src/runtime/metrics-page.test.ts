import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRecordedLog } from '../../test/support/recorded-log.ts';
import { createHttpServer } from './http-server.ts';
import { createMetrics } from './metrics.ts';
import { metricsPage } from './metrics-page.ts';

describe('metrics page', () => {
  test('serves the metrics over HTTP, at /metrics only', async (t) => {
    const metrics = createMetrics();
    metrics.leading('my-lease', true);
    const server = createHttpServer({
      name: 'metrics server',
      address: { host: '127.0.0.1', port: 0 },
      flag: 'metrics-bind-address',
      handler: metricsPage(metrics),
      log: createRecordedLog(),
    });
    t.after(() => server.stop?.({ clean: true }));
    await server.start(new AbortController().signal);
    const url = `http://127.0.0.1:${server.port()}`;

    const response = await fetch(`${url}/metrics`);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
    assert.match(await response.text(), /^leader_election_master_status\{name="my-lease"\} 1$/m);

    for (const path of ['/', '/metrics/', '/metric', '/healthz']) {
      assert.equal((await fetch(url + path)).status, 404, path);
    }
    assert.equal((await fetch(`${url}/metrics`, { method: 'POST' })).status, 405);
  });
});
