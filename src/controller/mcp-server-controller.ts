import type { MCPServer } from '../api/v1alpha1/mcp-server.ts';
import type { Client } from '../runtime/client.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Component } from '../runtime/component.ts';
import { createConsistency } from '../runtime/consistency.ts';
import { type Controller, createController } from '../runtime/controller.ts';
import type { Recorder } from '../runtime/event-recorder.ts';
import type { ObservedVersion } from '../runtime/informer.ts';
import type { Logger } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { type Key, keyOf, splitKey } from '../runtime/object.ts';
import { nameOf } from '../runtime/resource.ts';
import type { Caches } from './caches.ts';
import { type ClientIdentity, createVerification, type DialPod } from './follow.ts';
import { createRefusalMemory } from './memory.ts';
import { createControllerMetrics } from './metrics.ts';
import { observe } from './observe.ts';
import { createProbeMetrics } from './probe-metrics.ts';
import { reconcile } from './reconcile.ts';
import { mcpServers } from './resources.ts';
import type { Announcement } from './transitions.ts';
import { connectTriggers, type Enqueue } from './triggers.ts';

/** What the controller is made of. */
export interface MCPServerControllerOptions {
  readonly client: Client;
  readonly caches: Caches;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** How pods are reached. */
  readonly dial: DialPod;
  /** What the operator calls itself when it speaks to a server. */
  readonly identity: ClientIdentity;
  /** How many MCPServers are worked on at a time. Default: the runtime's. */
  readonly maxConcurrentReconciles?: number;
  /** How often everything is looked at again, in milliseconds. Default: the runtime's. */
  readonly resyncPeriodMs?: number;
}

/** The controller and the verifier whose findings it shows. */
export interface MCPServerController {
  readonly controller: Controller;
  /** To be started before the controller, and stopped after it. */
  readonly verifier: Component;
}

/**
 * The controller of MCPServers, wired to its caches. To be started once they are synced, and stopped before them.
 */
export function createMCPServerController(options: MCPServerControllerOptions): MCPServerController {
  const { client, caches, recorder, clock, log, metrics } = options;
  const memory = createRefusalMemory();
  const servers = () => caches.servers.store.list();
  const counters = createControllerMetrics(metrics, servers);
  const probes = createProbeMetrics(metrics, servers);
  const enqueue: Enqueue = (key, why) =>
    // Fresh changes go before what was there at the start: a user who is waiting should not wait for everybody else.
    controller.enqueue(key, { priority: why === 'sync' ? 'background' : 'fresh' });
  const { dial, identity } = options;
  const verification = createVerification({ client, caches, clock, log, metrics: probes, dial, identity, enqueue });
  const consistency = createConsistency(clock, observedVersionIn(caches));

  const parts = {
    client,
    observe: (key: Key) => observe(caches, verification.reports, memory, clock, key),
    follow: verification.follow,
    onToolsChanged: (key: Key) => {
      const { namespace = '', name } = splitKey(key);
      probes.toolsChanged(namespace, name);
    },
    consistency,
    memory,
    announce: (server: MCPServer, announcement: Announcement) =>
      recorder.record({ resource: mcpServers, metadata: server.metadata }, announcement),
    onCreationError(key: Key, kind: 'Deployment' | 'Service') {
      const { namespace = '', name } = splitKey(key);
      counters.creationError(kind, namespace, name);
    },
  };
  const controller = createController({
    name: 'mcpserver',
    reconcile: (key, context) => reconcile(parts, key, context.log),
    clock,
    log,
    metrics,
    resync: {
      keys: () => caches.servers.store.keys(),
      ...(options.resyncPeriodMs === undefined ? {} : { periodMs: options.resyncPeriodMs }),
    },
    ...(options.maxConcurrentReconciles === undefined
      ? {}
      : { maxConcurrentReconciles: options.maxConcurrentReconciles }),
  });
  connectTriggers(caches, enqueue);
  caches.servers.onChange((key, before, _after, kind) => {
    if (kind === 'delete' && before !== undefined) forget(key, before);
  });

  function forget(key: Key, server: MCPServer): void {
    memory.forget(server.metadata.uid);
    consistency.forget(key);
    verification.forget(key);
    probes.forget(server.metadata.namespace, server.metadata.name);
    counters.forget(server.metadata.namespace, server.metadata.name);
    log.info('An MCPServer is gone; the garbage collector removes its children', { server: keyOf(server) });
  }

  return { controller, verifier: verification };
}

/** Where read-your-writes looks: how far the cache of a written resource has come. */
function observedVersionIn(caches: Caches): (resource: string, key: Key) => ObservedVersion | undefined {
  const written = [caches.servers, caches.deployments, caches.services, caches.pods];
  const byName = new Map(written.map((informer) => [nameOf(informer.resource), informer]));
  return (resource, key) => byName.get(resource)?.observedVersion(key);
}
