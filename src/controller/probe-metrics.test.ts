import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { metricValues } from '../../test/support/metric-values.ts';
import { failedProbe, passedProbe } from '../../test/support/probe-results.ts';
import { aVerifiedServer } from '../../test/support/verified-snapshots.ts';
import type { MCPServer, MCPServerStatus } from '../api/v1alpha1/mcp-server.ts';
import { createMetrics } from '../runtime/metrics.ts';
import { createProbeMetrics } from './probe-metrics.ts';

function named(name: string, status?: MCPServerStatus): MCPServer {
  const server = aVerifiedServer({}, status);
  return { ...server, metadata: { ...server.metadata, name } };
}

function setUp(servers: MCPServer[] = []) {
  const metrics = createMetrics();
  return {
    own: createProbeMetrics(metrics, () => servers),
    values: (name: string) => metricValues(metrics, name),
    servers,
  };
}

const weather = '{namespace="team-a",name="weather"}';

describe('gauges', () => {
  test('as the status says, at each scrape', async () => {
    const tools = { count: 7, hash: 'f00d' };
    const { values, servers } = setUp([named('weather', { verifiedReplicas: 2, tools })]);
    assert.deepEqual(await values('mcpserver_verified_replicas'), { [weather]: 2 });
    assert.deepEqual(await values('mcpserver_tools'), { [weather]: 7 });
    servers.splice(0, 1, named('weather', { verifiedReplicas: 0, tools: { count: 0, hash: '' } }));
    assert.deepEqual(await values('mcpserver_verified_replicas'), { [weather]: 0 });
    assert.deepEqual(await values('mcpserver_tools'), { [weather]: 0 });
  });

  test('a new server has 0 verified, and no number of tools', async () => {
    const { values } = setUp([named('weather')]);
    assert.deepEqual(await values('mcpserver_verified_replicas'), { [weather]: 0 });
    assert.deepEqual(await values('mcpserver_tools'), {});
  });

  test('a server that is gone has none', async () => {
    const { values, servers } = setUp([named('weather', { verifiedReplicas: 2 })]);
    await values('mcpserver_verified_replicas');
    servers.length = 0;
    assert.deepEqual(await values('mcpserver_verified_replicas'), {});
  });
});

describe('handshakes', () => {
  test('by server and result', async () => {
    const { own, values } = setUp();
    own.probed('team-a', 'weather', passedProbe());
    own.probed('team-a', 'weather', passedProbe());
    own.probed('team-a', 'weather', failedProbe({ verdict: 'NotMCP' }));
    own.probed('team-b', 'weather', passedProbe());
    assert.deepEqual(await values('mcpserver_probe_total'), {
      '{namespace="team-a",name="weather",result="HandshakePassed"}': 2,
      '{namespace="team-a",name="weather",result="NotMCP"}': 1,
      '{namespace="team-b",name="weather",result="HandshakePassed"}': 1,
    });
  });

  test('how long they took, in seconds, by result alone: a histogram per server is too many series', async () => {
    const { own, values } = setUp();
    own.probed('team-a', 'weather', passedProbe({ durationMs: 20 }));
    own.probed('team-b', 'harbour', passedProbe({ durationMs: 40 }));
    own.probed('team-a', 'weather', failedProbe({ durationMs: 5_000 }));
    const sums = await values('mcpserver_probe_duration_seconds_sum');
    assert.ok(Math.abs((sums['{result="HandshakePassed"}'] ?? 0) - 0.06) < 1e-9, JSON.stringify(sums));
    assert.equal(sums['{result="ServerError"}'], 5);
    const counts = await values('mcpserver_probe_duration_seconds_count');
    assert.deepEqual(counts, { '{result="HandshakePassed"}': 2, '{result="ServerError"}': 1 });
  });

  test('no label is a pod, a message or a token', async () => {
    const { own, values } = setUp();
    own.probed('team-a', 'weather', failedProbe({ message: 'pod weather-0: secret', came: 'secret' }));
    for (const labels of Object.keys(await values('mcpserver_probe_total'))) {
      assert.doesNotMatch(labels, /pod|secret|weather-0/);
    }
  });
});

describe('a server that is gone', () => {
  test('takes its series with it, and nobody else’s', async () => {
    const { own, values } = setUp();
    for (const name of ['weather', 'harbour']) {
      own.probed('team-a', name, passedProbe());
      own.probed('team-a', name, failedProbe());
      own.toolsChanged('team-a', name);
    }
    own.forget('team-a', 'weather');
    assert.deepEqual(Object.keys(await values('mcpserver_probe_total')), [
      '{namespace="team-a",name="harbour",result="HandshakePassed"}',
      '{namespace="team-a",name="harbour",result="ServerError"}',
    ]);
    assert.deepEqual(await values('mcpserver_tools_changed_total'), { '{namespace="team-a",name="harbour"}': 1 });
  });

  test('that was never probed is no trouble', () => {
    setUp().own.forget('team-a', 'weather');
  });

  test('and comes back starts at 0', async () => {
    const { own, values } = setUp();
    own.probed('team-a', 'weather', passedProbe());
    own.forget('team-a', 'weather');
    own.probed('team-a', 'weather', passedProbe());
    assert.deepEqual(Object.values(await values('mcpserver_probe_total')), [1]);
  });
});
