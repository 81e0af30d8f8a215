import type { MCPServer } from '../../src/api/v1alpha1/mcp-server.ts';
import { SERVER_LABEL } from '../../src/controller/labels.ts';
import type { AnyObject, Api } from '../kube/api.ts';
import { type EventType, follow } from '../kube/follow.ts';
import { type Bodies, createBodies } from './bodies.ts';

/**
 * The yardstick: the fewest writes that give an MCPServer its Deployment, its Service and its status, as fast as one
 * process can send them. It makes no decision, heals nothing that it is not told of, never looks twice, and gives up at
 * the first error. What an operator takes longer than this is its own doing; what this takes is the API server's.
 */

/** What it needs. */
export interface FloorOptions {
  readonly api: Api;
  /** Servers that are worked on at a time. Each has two requests under way at most. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** Told once of the first thing that goes wrong. */
  readonly onFailure: (error: Error) => void;
}

const paths = {
  servers: '/apis/mcp.mcp.dev/v1alpha1',
  deployments: '/apis/apps/v1',
  services: '/api/v1',
} as const;
const APPLY = 'application/apply-patch+yaml';
/** The operator's own query: a strict validation costs the API server something. */
const QUERY = 'fieldManager=smooth-operator&fieldValidation=Strict';

type Todo = 'deployment' | 'service' | 'status';

/** All that is remembered of a server. */
interface Known {
  server: MCPServer | undefined;
  deploymentUid: string | undefined;
  hasService: boolean;
  available: number;
  /** What its status says; undefined when it has none. */
  shown: { generation: number; available: number } | undefined;
  readonly todo: Set<Todo>;
  busy: boolean;
}

/**
 * Starts it.
 *
 * @returns when it has seen everything that exists
 */
export async function runFloor({ api, concurrency, signal, onFailure }: FloorOptions): Promise<void> {
  const bodies = createBodies();
  const known = new Map<string, Known>();
  const queue: Known[] = [];
  let working = 0;
  let started = false;

  function of({ metadata }: AnyObject, name = metadata.name): Known {
    const key = `${metadata.namespace}/${name}`;
    let entry = known.get(key);
    if (entry === undefined) {
      entry = {
        server: undefined,
        deploymentUid: undefined,
        hasService: false,
        available: 0,
        shown: undefined,
        todo: new Set(),
        busy: false,
      };
      known.set(key, entry);
    }
    return entry;
  }

  /** What is missing, of what a look at the names alone can tell. */
  function look(entry: Known): void {
    const { server, shown } = entry;
    if (!started || server === undefined || server.metadata.deletionTimestamp !== undefined) return;
    const isNew = shown?.generation !== server.metadata.generation;
    if (isNew || entry.deploymentUid === undefined) entry.todo.add('deployment');
    if (!entry.hasService) entry.todo.add('service');
    const nowRuns = entry.available >= server.spec.replicas && entry.available !== shown?.available;
    if (isNew || nowRuns || (entry.deploymentUid === undefined && shown.available > 0)) entry.todo.add('status');
    if (entry.todo.size > 0 && !entry.busy) {
      entry.busy = true;
      queue.push(entry);
      work();
    }
  }

  function work(): void {
    while (working < concurrency) {
      const entry = queue.shift();
      if (entry === undefined) return;
      working += 1;
      write(api, bodies, entry).then(() => {
        working -= 1;
        entry.busy = false;
        look(entry);
        work();
      }, onFailure);
    }
  }

  const handlers: Readonly<Record<keyof typeof paths, (type: EventType, object: AnyObject) => void>> = {
    servers(type, object) {
      const entry = of(object);
      const server = object as unknown as MCPServer;
      if (type === 'DELETED') {
        entry.server = undefined;
        entry.shown = undefined;
        return;
      }
      entry.server = server;
      // Its own writes are remembered when they are sent; this is for the start.
      if (type === 'LISTED' && server.status?.observedGeneration !== undefined) {
        const { observedGeneration: generation, availableReplicas: available = 0 } = server.status;
        entry.shown = { generation, available };
      }
      look(entry);
    },
    deployments(type, object) {
      const entry = of(object, object.metadata.labels?.[SERVER_LABEL]);
      const status = object.status as { readonly availableReplicas?: number } | undefined;
      entry.deploymentUid = type === 'DELETED' ? undefined : object.metadata.uid;
      entry.available = type === 'DELETED' ? 0 : (status?.availableReplicas ?? 0);
      look(entry);
    },
    services(type, object) {
      const entry = of(object, object.metadata.labels?.[SERVER_LABEL]);
      entry.hasService = type !== 'DELETED';
      look(entry);
    },
  };

  const followAll = Object.entries(handlers).map(([collection, onEvent]) => {
    const plural = collection === 'servers' ? 'mcpservers' : collection;
    const path = `${paths[collection as keyof typeof paths]}/${plural}`;
    const selector = collection === 'servers' ? {} : { labelSelector: SERVER_LABEL };
    return follow(api, { path, ...selector, onEvent, onFailure, signal });
  });
  await Promise.all(followAll);
  started = true;
  for (const entry of known.values()) look(entry);
}

/** The children at the same time, then the status: no earlier, because it says that they exist. */
async function write(api: Api, bodies: Bodies, entry: Known): Promise<void> {
  const { server } = entry;
  // What comes up from here on is for the next time.
  const todo = new Set(entry.todo);
  entry.todo.clear();
  if (server === undefined) return;
  const { name, namespace, generation = 0 } = server.metadata;
  const isShown = todo.has('status');
  // Noted before it is sent: events that come meanwhile must not have it sent again.
  if (isShown) entry.shown = { generation, available: entry.available };
  const at = (collection: keyof typeof paths, plural: string, suffix = '') =>
    `${paths[collection]}/namespaces/${namespace}/${plural}/${name}${suffix}?${QUERY}`;
  const children: Promise<string>[] = [];
  const subject = { server, deploymentUid: entry.deploymentUid, available: entry.available };
  if (todo.has('deployment')) {
    const force = entry.deploymentUid !== undefined;
    children.push(
      api.send('PATCH', `${at('deployments', 'deployments')}&force=${force}`, bodies.deployment(subject), APPLY),
    );
    // Its uid comes with its watch event.
    entry.deploymentUid ??= '';
  }
  if (todo.has('service')) {
    children.push(api.send('PATCH', `${at('services', 'services')}&force=false`, bodies.service(subject), APPLY));
    entry.hasService = true;
  }
  await Promise.all(children);
  if (!isShown) return;
  await api.send('PATCH', `${at('servers', 'mcpservers', '/status')}&force=true`, bodies.status(subject), APPLY);
}
