import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Probe } from 'kubernetes-types/core/v1.js';
import type { Health } from '../../api/v1alpha1/mcp-server.ts';
import { awaitedAnswer, probesFor } from './probes.ts';

const defaults: Health = {
  type: 'HTTP',
  path: '/health',
  initialDelaySeconds: 0,
  periodSeconds: 10,
  timeoutSeconds: 5,
  failureThreshold: 3,
};
const timing = { initialDelaySeconds: 0, periodSeconds: 10, timeoutSeconds: 5, successThreshold: 1 };

interface Row {
  readonly name: string;
  readonly health: Health;
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
}

const http = { httpGet: { path: '/health', port: 'http', scheme: 'HTTP' }, ...timing };
const tcp = { tcpSocket: { port: 'http' }, ...timing };
const rows: readonly Row[] = [
  {
    name: 'HTTP, with every default',
    health: defaults,
    startupProbe: { ...http, periodSeconds: 1, failureThreshold: 90 },
    livenessProbe: { ...http, failureThreshold: 9 },
    readinessProbe: { ...http, failureThreshold: 3 },
  },
  {
    name: 'TCP does not use the path',
    health: { ...defaults, type: 'TCP', path: '/not-asked-for' },
    startupProbe: { ...tcp, periodSeconds: 1, failureThreshold: 90 },
    livenessProbe: { ...tcp, failureThreshold: 9 },
    readinessProbe: { ...tcp, failureThreshold: 3 },
  },
  {
    name: 'every number of its own',
    health: { ...defaults, initialDelaySeconds: 1, periodSeconds: 2, timeoutSeconds: 3, failureThreshold: 1 },
    startupProbe: { ...http, initialDelaySeconds: 1, periodSeconds: 1, timeoutSeconds: 3, failureThreshold: 6 },
    livenessProbe: { ...http, initialDelaySeconds: 1, periodSeconds: 2, timeoutSeconds: 3, failureThreshold: 3 },
    readinessProbe: { ...http, initialDelaySeconds: 1, periodSeconds: 2, timeoutSeconds: 3, failureThreshold: 1 },
  },
];

for (const { name, health, ...probes } of rows) {
  test(name, () => assert.deepEqual(probesFor(health, health.type === 'TCP' ? 'TCP' : 'HTTP'), probes));
}

describe('for every health that the schema admits', () => {
  const seconds = fc.integer({ min: 1, max: 3600 });
  const healths: fc.Arbitrary<Health> = fc.record({
    type: fc.constantFrom('HTTP', 'TCP'),
    path: fc.constantFrom('/', '/health'),
    initialDelaySeconds: fc.integer({ min: 0, max: 3600 }),
    periodSeconds: seconds,
    timeoutSeconds: seconds,
    failureThreshold: fc.integer({ min: 1, max: 1000 }),
  });

  test('liveness is never stricter than readiness', () => {
    fc.assert(
      fc.property(healths, (health) => {
        const { livenessProbe: live, readinessProbe: ready } = probesFor(
          health,
          health.type === 'TCP' ? 'TCP' : 'HTTP',
        );
        const untilRestart = secondsUntilFailed(live);
        const untilUnready = secondsUntilFailed(ready);
        assert.ok(untilRestart > untilUnready, `restarted after ${untilRestart} s, unready after ${untilUnready} s`);
        assert.ok((live.timeoutSeconds ?? 0) >= (ready.timeoutSeconds ?? 0));
      }),
    );
  });

  test('a server that never starts is given up on when liveness would', () => {
    fc.assert(
      fc.property(healths, (health) => {
        const { startupProbe: start, livenessProbe: live } = probesFor(health, health.type === 'TCP' ? 'TCP' : 'HTTP');
        assert.equal(secondsUntilFailed(start), secondsUntilFailed(live));
        assert.equal(start.periodSeconds, 1);
      }),
    );
  });

  test('all ask the same question, one way only', () => {
    fc.assert(
      fc.property(healths, (health) => {
        const {
          startupProbe: start,
          livenessProbe: live,
          readinessProbe: ready,
        } = probesFor(health, health.type === 'TCP' ? 'TCP' : 'HTTP');
        assert.deepEqual({ ...live, failureThreshold: 0 }, { ...ready, failureThreshold: 0 });
        assert.deepEqual(
          { ...start, failureThreshold: 0, periodSeconds: 0 },
          { ...ready, failureThreshold: 0, periodSeconds: 0 },
        );
        assert.equal((live.httpGet === undefined) === (live.tcpSocket === undefined), false);
      }),
    );
  });

  test('numbers stay within what the API server takes', () => {
    fc.assert(
      fc.property(healths, (health) => {
        for (const probe of Object.values(probesFor(health, health.type === 'TCP' ? 'TCP' : 'HTTP'))) {
          // core validation: successThreshold of a liveness probe must be 1, the others are positive int32.
          assert.equal(probe.successThreshold, 1);
          for (const value of [probe.periodSeconds, probe.timeoutSeconds, probe.failureThreshold]) {
            assert.ok(value !== undefined && value >= 1 && value <= 2_147_483_647, String(value));
          }
        }
      }),
    );
  });
});

test('what a server has to answer, in words: the path and the port that the spec has', () => {
  const spec = { port: 3001, path: '/rpc', health: { ...defaults, path: '/healthz' } };
  assert.equal(awaitedAnswer(spec, 'HTTP'), 'GET /healthz on port 3001 answers');
  assert.equal(awaitedAnswer(spec, 'TCP'), 'port 3001 accepts connections');
  assert.equal(awaitedAnswer(spec, 'MCP'), 'an MCP handshake on port 3001, /rpc is answered');
});

function secondsUntilFailed(probe: Probe): number {
  return (probe.initialDelaySeconds ?? 0) + (probe.failureThreshold ?? 0) * (probe.periodSeconds ?? 0);
}
