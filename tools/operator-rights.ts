import { controllerResources } from '../src/controller/resources.ts';
import { events } from '../src/runtime/event-object.ts';
import { leases } from '../src/runtime/lease.ts';
import type { Resource } from '../src/runtime/resource.ts';

/** What the operator's rights are made from. */

/** Needed in every watched namespace. */
export const watchedResources: readonly Resource[] = [...controllerResources, events];

/** Needed in the operator's own namespace, for leader election. */
export const electionResources: readonly Resource[] = [leases];
