import type { KubeObject } from './object.ts';
import type { Resource } from './resource.ts';

/** coordination.k8s.io/v1 Lease, as far as leader election reads it; what else it has survives. */
export interface Lease extends KubeObject {
  readonly spec?: LeaseSpec;
}

/** Times are RFC 3339 with microseconds, and for people only: candidates never compare them with their own clocks. */
export interface LeaseSpec {
  /** Who leads; empty or absent: nobody. */
  readonly holderIdentity?: string;
  /** How long the holder may be believed to lead after the lease last changed. */
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  /** How often the holder changed. */
  readonly leaseTransitions?: number;
}

/** What election needs: one lease, by name, in one namespace. */
export const leases: Resource<Lease> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
  verbs: ['get', 'create', 'update'],
};

/**
 * A time as a Lease wants it: six fraction digits, or the API server answers 400.
 *
 * @param epochMs milliseconds since the epoch
 */
export function microTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/Z$/, '000Z');
}

/** A candidate's name for itself and how long its word is good. */
export interface Claim {
  readonly identity: string;
  readonly leaseDurationMs: number;
  /** Wall-clock time, milliseconds since the epoch. */
  readonly now: number;
}

/** The lease as it is when nobody has made one yet. */
export function newLease(namespace: string, name: string, claim: Claim): Lease {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { namespace, name },
    spec: { ...held(claim), acquireTime: microTime(claim.now), leaseTransitions: 0 },
  };
}

/** The lease taken over from another holder, or renewed when it is the claimant's own. */
export function claimed(lease: Lease, claim: Claim): Lease {
  const spec = lease.spec ?? {};
  if (spec.holderIdentity === claim.identity) return { ...lease, spec: { ...spec, ...held(claim) } };
  const leaseTransitions = (spec.leaseTransitions ?? 0) + 1;
  return { ...lease, spec: { ...spec, ...held(claim), acquireTime: microTime(claim.now), leaseTransitions } };
}

/** The lease given back: nobody holds it, so the next candidate that looks takes it, as client-go writes it. */
export function released(lease: Lease, now: number): Lease {
  const time = microTime(now);
  return {
    ...lease,
    spec: { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: time, acquireTime: time },
  };
}

function held({ identity, leaseDurationMs, now }: Claim): LeaseSpec {
  return {
    holderIdentity: identity,
    leaseDurationSeconds: Math.ceil(leaseDurationMs / 1000),
    renewTime: microTime(now),
  };
}
