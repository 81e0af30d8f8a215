import { controllerResources } from '../src/controller/resources.ts';
import type { Resource } from '../src/runtime/resource.ts';

/** What the operator's rights are made from. */

/** Needed in every watched namespace. */
export const watchedResources: readonly Resource[] = [
  ...controllerResources,
  {
    group: 'events.k8s.io',
    version: 'v1',
    kind: 'Event',
    plural: 'events',
    namespaced: true,
    verbs: ['create', 'patch'],
  },
];

/** Needed in the operator's own namespace, for leader election. */
export const electionResources: readonly Resource[] = [
  {
    group: 'coordination.k8s.io',
    version: 'v1',
    kind: 'Lease',
    plural: 'leases',
    namespaced: true,
    verbs: ['get', 'create', 'update'],
  },
];
