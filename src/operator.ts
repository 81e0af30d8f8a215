import { hostname } from 'node:os';
import { createCaches } from './controller/caches.ts';
import type { DialPod } from './controller/follow.ts';
import { createMCPServerController } from './controller/mcp-server-controller.ts';
import { directDial } from './mcp/direct-dial.ts';
import { isPodAddress, noDial } from './mcp/pod-address.ts';
import { podProxyDial } from './mcp/pod-proxy-dial.ts';
import type { OperatorFlags } from './operator-flags.ts';
import { createServing } from './operator-serving.ts';
import { checkSynced, checkWatches, createCaches as createCacheGroup } from './runtime/caches.ts';
import type { Clock } from './runtime/clock.ts';
import { type Component, together } from './runtime/component.ts';
import type { Connection } from './runtime/connection.ts';
import { createElection, type Election } from './runtime/election.ts';
import type { ApiError } from './runtime/errors.ts';
import { checkEventLoop, createLoopMonitor } from './runtime/event-loop.ts';
import { createRecorder } from './runtime/event-recorder.ts';
import { createHealth, type Health } from './runtime/health.ts';
import { createHttpServer } from './runtime/http-server.ts';
import { IN_CLUSTER } from './runtime/in-cluster.ts';
import { createClient, type ProxyingClient } from './runtime/kube-client.ts';
import type { Logger } from './runtime/log.ts';
import { createMetrics, type Metrics } from './runtime/metrics.ts';
import type { Resource } from './runtime/resource.ts';
import type { RequestObserver } from './runtime/transport.ts';
import { NAME, VERSION } from './version.ts';

/** The lease that replicas of the operator share. */
const LEASE_NAME = 'smooth-operator.mcp.mcp.dev';

/** What an operator is made of. */
export interface OperatorOptions {
  readonly connection: Connection;
  readonly flags: OperatorFlags;
  readonly clock: Clock;
  readonly log: Logger;
  /** The process has to end: its lease is lost. */
  readonly onFatal: (error: unknown) => void;
  /** Says why the process is not ready although everything is synced. Default: nothing does. */
  readonly stopping?: () => string | undefined;
  /** Told of every request, after the metrics. Default: nobody. */
  readonly onRequest?: RequestObserver;
  /** How often everything is looked at again, in milliseconds. Default: the runtime's, 10 hours. */
  readonly resyncPeriodMs?: number;
}

/** The whole operator: parts in the order in which they are started. */
export interface Operator {
  readonly components: readonly Component[];
  readonly metrics: Metrics;
}

/** Wires the operator. Sends nothing and listens on nothing until its components are started. */
export function createOperator(options: OperatorOptions): Operator {
  const { clock, log, flags, connection } = options;
  const metrics = createMetrics();
  const health = createHealth(log.with({ logger: 'health' }));
  // The client asks the election before each write, and the election writes through the client.
  const election: { current?: Election } = {};
  const client = createClient({
    connection,
    clock,
    userAgent: `${NAME}/${VERSION}`,
    fence: (resource) => election.current?.fence(resource),
    onRequest(...request) {
      metrics.request(...request);
      options.onRequest?.(...request);
    },
  });
  const troubles = new Map<Resource, ApiError>();
  const caches = createCaches({
    client,
    clock,
    log: log.with({ logger: 'cache' }),
    watchNamespaces: flags.watchNamespaces,
    onTrouble: (resource, error) =>
      void (error === undefined ? troubles.delete(resource) : troubles.set(resource, error)),
  });
  const informers = Object.values(caches);
  const recorder = createRecorder({
    client,
    clock,
    log: log.with({ logger: 'events' }),
    source: { component: NAME, instance: hostname() },
  });
  const { controller, verifier } = createMCPServerController({
    dial: dialFor(flags.probeVia, connection, client),
    identity: { name: NAME, version: VERSION },
    client,
    caches,
    recorder,
    clock,
    log,
    metrics,
    maxConcurrentReconciles: flags.maxConcurrentReconciles,
    ...(options.resyncPeriodMs === undefined ? {} : { resyncPeriodMs: options.resyncPeriodMs }),
  });
  const namespace = flags.leaderElectionNamespace ?? connection.namespace ?? 'default';
  const serving = createServing({ flags, namespace, client, caches, clock, log, metrics, health });
  if (flags.leaderElect) {
    election.current = createElection({
      client,
      namespace,
      name: LEASE_NAME,
      clock,
      log: log.with({ logger: 'election' }),
      onLost: options.onFatal,
      onChange: (leads) => metrics.leading(LEASE_NAME, leads),
    });
  }

  const monitor = createLoopMonitor();
  health.add('healthz', 'event-loop', checkEventLoop(monitor));
  health.add('healthz', 'reconciles', () => controller.stuck());
  health.add('healthz', 'watches', checkWatches(informers, clock));
  health.add(
    'readyz',
    'caches-synced',
    checkSynced(informers, (resource) => troubles.get(resource)),
  );
  health.add('readyz', 'shutdown', () => options.stopping?.());

  return {
    metrics,
    components: [
      { name: 'event loop monitor', start: () => undefined, stop: () => monitor.stop() },
      { name: 'client', start: () => undefined, stop: () => client.close() },
      together('servers', [...healthServer(options, health), ...serving.servers]),
      createCacheGroup(informers),
      // The lease is given back last: what is left to tell of is a write too.
      ...(election.current === undefined ? [] : [election.current]),
      ...serving.keepers,
      recorder,
      verifier,
      controller,
    ],
  };
}

/** How pods are reached: at their own addresses where that is possible, so from inside the cluster. */
function dialFor(via: OperatorFlags['probeVia'], connection: Connection, client: ProxyingClient): DialPod {
  const isInside = connection.source === IN_CLUSTER;
  const direct = via === 'direct' || (via === 'auto' && isInside);
  return (target, host) => {
    const { address, port, namespace, pod } = target;
    if (!direct) return podProxyDial(client, { namespace, pod, port, host });
    // Outside a cluster, loopback is where somebody tries things out.
    return isInside && !isPodAddress(address) ? noDial(address) : directDial({ address, port, host });
  };
}

function healthServer({ flags, log }: OperatorOptions, health: Health): readonly Component[] {
  const address = flags.healthProbeBindAddress;
  if (address === 'disabled') return [];
  const flag = 'health-probe-bind-address';
  return [createHttpServer({ name: 'health server', address, flag, handler: health.page, log })];
}
