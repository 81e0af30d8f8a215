import type { Dial } from '../mcp/dial.ts';
import { createVerifier, type PodTarget, type Verifier } from '../mcp/verify/verifier.ts';
import type { Client } from '../runtime/client.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/log.ts';
import { keyOf, splitKey } from '../runtime/object.ts';
import type { Caches } from './caches.ts';
import type { ProbeMetrics } from './probe-metrics.ts';
import { probeToken } from './probe-token.ts';
import type { Snapshot } from './snapshot.ts';
import { assignmentFor } from './targets.ts';
import type { Enqueue } from './triggers.ts';

/** A way to a pod, given the `Host` that its clients send. */
export type DialPod = (target: PodTarget, host: string) => Dial;

/** Name and version of an MCP client. */
export interface ClientIdentity {
  readonly name: string;
  readonly version: string;
}

/** What verification is made of. */
export interface VerificationParts {
  readonly client: Client;
  readonly caches: Caches;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: ProbeMetrics;
  readonly dial: DialPod;
  /** What the operator calls itself when it speaks to a server. */
  readonly identity: ClientIdentity;
  /** What the verifier has found of a server has changed. */
  readonly enqueue: Enqueue;
}

/** The verifier of all MCPServers, told what to probe from what is observed. */
export interface Followed extends Verifier {
  /** Probes what this snapshot has, from now on. */
  follow(snapshot: Snapshot): void;
}

/** Connects the verifier to the caches: nothing that it does writes to the cluster. */
export function createVerification(parts: VerificationParts): Followed {
  const { client, caches, clock, log, metrics } = parts;
  const verifier = createVerifier({
    clock,
    log,
    client: parts.identity,
    dial: (target, { host }) => parts.dial(target, host),
    token: (key) => probeToken(client, caches.servers.store.get(key)),
    onChange: (key) => parts.enqueue(key, 'update'),
    onProbe(key, result) {
      const { namespace = '', name } = splitKey(key);
      metrics.probed(namespace, name, result);
    },
  });
  return {
    ...verifier,
    follow(snapshot) {
      const { metadata, spec } = snapshot.server;
      const key = keyOf(snapshot.server);
      const secret = spec.verify.auth?.secretKeyRef.name;
      const version =
        secret === undefined
          ? undefined
          : caches.secrets.store.get(keyOf({ metadata: { namespace: metadata.namespace, name: secret } }))?.metadata
              .resourceVersion;
      const assignment = assignmentFor(snapshot, version);
      if (assignment === undefined) verifier.forget(key);
      else verifier.track(key, assignment.settings, assignment.targets);
    },
  };
}
