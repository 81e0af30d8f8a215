import type { MCPServer } from '../../src/api/v1alpha1/mcp-server.ts';
import { createRefusalMemory } from '../../src/controller/memory.ts';
import { type ReconcileParts, reconcile } from '../../src/controller/reconcile.ts';
import { deployments, mcpServers, type Pod, services } from '../../src/controller/resources.ts';
import type { Snapshot } from '../../src/controller/snapshot.ts';
import { createConsistency } from '../../src/runtime/consistency.ts';
import { ApiError } from '../../src/runtime/errors.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import { nameOf, type Resource } from '../../src/runtime/resource.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { createRecordedLog, type RecordedLog } from './recorded-log.ts';
import { createRecordingClient, type RecordingClient, type RecordingClientOptions } from './recording-client.ts';
import { NOW } from './snapshots.ts';

/** All that one pass did that somebody could notice. */
export interface Pass {
  /** Every request, in order. */
  readonly requests: readonly string[];
  /** `Type Reason` of every event. */
  readonly events: readonly string[];
  /** Kinds of the children that could not be created. */
  readonly creationErrors: readonly string[];
  /** Seconds until the next look without a change; undefined for none. */
  readonly againAfter: number | undefined;
  /** The code of the ApiError that it threw. */
  readonly thrown: ApiError['code'] | undefined;
  /** The status as it is afterwards: phase, and the reason of Ready. */
  readonly status: string;
}

/** One MCPServer on stage: caches that lag until they are told not to, and everything else as in the real operator. */
export interface Stage {
  readonly client: RecordingClient;
  readonly clock: FakeClock;
  readonly log: RecordedLog;
  /** The caches catch up with the API server. */
  sync(): void;
  /** One pass, from what the caches hold. */
  pass(): Promise<Pass>;
}

/** What is on stage at first. */
export interface StageOptions {
  /** What the caches hold, and the API server too. */
  readonly snapshot: Snapshot;
  /** What the API server holds and the caches do not see. Default: nothing. */
  readonly hidden?: RecordingClientOptions['objects'];
  /** What the caches still hold although the API server does not. Default: nothing. */
  readonly gone?: readonly Resource[];
  readonly answers?: RecordingClientOptions['answers'];
}

const KEY = 'team-a/weather';
const cached: readonly Resource[] = [mcpServers, deployments, services];

/** Sets the stage. */
export function createStage({ snapshot, hidden = [], gone = [], answers = {} }: StageOptions): Stage {
  const clock = createFakeClock(NOW);
  const log = createRecordedLog();
  const { Deployment, Service } = snapshot.children;
  const seen: [Resource, KubeObject][] = [[mcpServers, snapshot.server]];
  if (Deployment !== undefined) seen.push([deployments, Deployment]);
  if (Service !== undefined) seen.push([services, Service]);
  const objects = [...seen.filter(([resource]) => !gone.includes(resource)), ...hidden];
  const client = createRecordingClient({ objects, answers });

  const cache = new Map<Resource, KubeObject | undefined>(seen);
  let collection = 500;
  const consistency = createConsistency(clock, (resource) => {
    const found = cached.find((each) => nameOf(each) === resource);
    if (found === undefined) return undefined;
    return { object: cache.get(found)?.metadata.resourceVersion, collection: String(collection), epoch: 0 };
  });

  const memory = createRefusalMemory();
  memory.keep(snapshot);
  let events: string[] = [];
  let creationErrors: string[] = [];

  const parts: ReconcileParts = {
    client,
    consistency,
    memory,
    announce: (_server, { type, reason }) => void events.push(`${type} ${reason}`),
    follow: () => undefined,
    onToolsChanged: () => undefined,
    onCreationError: (_key, kind) => void creationErrors.push(kind),
    observe(): Snapshot | undefined {
      const server = cache.get(mcpServers) as MCPServer | undefined;
      if (server === undefined) return undefined;
      const children = {
        Deployment: cache.get(deployments) as Snapshot['children']['Deployment'],
        Service: cache.get(services) as Snapshot['children']['Service'],
      };
      const pods: readonly Pod[] = snapshot.pods;
      const { secretExists, tokenExists, restricted, reports } = snapshot;
      return {
        now: clock.now(),
        server,
        children,
        pods,
        reports,
        tokenExists,
        secretExists,
        restricted,
        refusals: memory.refusalsOf('uid-1'),
      };
    },
  };

  return {
    client,
    clock,
    log,
    sync() {
      for (const resource of cached) cache.set(resource, client.stored(resource, KEY));
      collection += 1_000;
    },
    async pass() {
      client.taken();
      events = [];
      creationErrors = [];
      const outcome = await reconcile(parts, KEY, log).catch(ApiError.from);
      const status = client.stored(mcpServers, KEY)?.status;
      const ready = status?.conditions?.find(({ type }) => type === 'Ready')?.reason;
      const isError = outcome instanceof ApiError;
      const againAfter = isError ? undefined : outcome.requeueAfterMs;
      return {
        requests: client.taken(),
        events,
        creationErrors,
        againAfter: againAfter === undefined ? undefined : againAfter / 1000,
        thrown: isError ? outcome.code : undefined,
        status: status === undefined ? 'none' : `${status.phase} ${ready}`,
      };
    },
  };
}
