import type { FaultKind, FaultPlan } from '../plans/plan.ts';
import type { EventEntry, RequestEntry, TraceEntry } from '../proxy/trace.ts';
import type { EndState } from '../stage/end-state.ts';
import type { InstanceRecord } from '../stage/operator-program.ts';
import type { RunRecord } from '../stage/run-record.ts';

/** Runs made by hand, for the tests of oracles: a good one, and what is wrong with another. */

const state: EndState = {
  'MCPServer/weather': { spec: { image: 'a:1' }, status: { phase: 'Running' } },
  'Deployment/weather': child('MCPServer/weather'),
  'Service/weather': child('MCPServer/weather'),
};

/** A child as an end state has it. */
export function child(...owners: readonly string[]): EndState[string] {
  return {
    metadata: { labels: { 'mcp.mcp.dev/server': 'weather' }, owners: owners.map((owner) => ({ owner })) },
  };
}

const instance: InstanceRecord = { instance: '1', lines: [], stray: [], end: 'SIGKILL', asked: 'SIGKILL' };

/** An operator's process that was as it should be, but for this. */
export function anInstance(differently: Partial<InstanceRecord> = {}): InstanceRecord {
  return { ...instance, ...differently };
}

/** A plan of this kind. */
export function aPlan(kind: FaultKind): FaultPlan {
  const id = `create/apply-services-weather-1/${kind}`;
  return { id, workload: 'create', kind, number: 'F1', faults: [], crashes: 0, about: '' };
}

/** A run without faults in which nothing is wrong, but for this. */
export function aRun(differently: Partial<RunRecord> & { readonly entries?: readonly TraceEntry[] } = {}): RunRecord {
  const { entries = create(), ...rest } = differently;
  return {
    workload: 'create',
    plan: undefined,
    losesRights: false,
    varies: [],
    recording: { placeholders: { $namespace: 'test' }, entries },
    convergedAt: 100,
    calmSince: 100,
    endState: state,
    instances: [anInstance()],
    fired: [],
    use: [],
    stuck: undefined,
    ms: 1_000,
    ...rest,
  };
}

/** Service, Deployment and status of a new server. */
export function create(): readonly TraceEntry[] {
  return [
    aWrite({ seq: 1, resource: 'services', status: 201, resourceVersion: '11' }),
    aWrite({ seq: 2, resource: 'deployments.apps', status: 201, resourceVersion: '12', answer: deployment('a:1') }),
    aStatus({ seq: 3, generation: 1, observed: 1, resourceVersion: '13' }),
  ];
}

/** A write of the child `weather` that was answered 200, but for this. */
export function aWrite(differently: Partial<RequestEntry> & { readonly seq: number }): RequestEntry {
  return {
    kind: 'request',
    t: differently.seq,
    instance: '1',
    verb: 'apply',
    resource: 'deployments.apps',
    namespace: 'test',
    name: 'weather',
    subresource: undefined,
    path: '/',
    query: {},
    request: differently.seq,
    write: differently.seq,
    connection: 1,
    bodyHash: `body ${differently.seq}`,
    body: {},
    committed: true,
    outcome: 'answered',
    status: 200,
    seenStatus: 200,
    answeredAt: differently.seq,
    resourceVersion: `${differently.seq}`,
    uid: 'u',
    answer: {},
    items: undefined,
    ...differently,
  };
}

/** An event of the child `weather`, but for this. */
export function anEvent(differently: Partial<EventEntry> & { readonly seq: number }): EventEntry {
  return {
    kind: 'event',
    t: differently.seq,
    instance: '1',
    watch: 1,
    resource: 'deployments.apps',
    type: 'MODIFIED',
    namespace: 'test',
    name: 'weather',
    uid: 'u',
    resourceVersion: `${differently.seq}`,
    object: deployment('a:1'),
    sentAt: differently.seq,
    ...differently,
  };
}

/** A Deployment with this image. */
export function deployment(image: string): object {
  return { metadata: { name: 'weather' }, spec: { replicas: 1, template: { spec: { containers: [{ image }] } } } };
}

/** What a written status says. */
export interface StatusOptions extends Partial<RequestEntry> {
  readonly seq: number;
  readonly generation: number;
  readonly observed: number;
  /** Of the spec. Default `a:1`. */
  readonly image?: string;
  /** Of the condition Accepted. Default `True`. */
  readonly accepted?: string;
  /** When Accepted last changed. */
  readonly since?: string;
}

/** A write of the status, answered with the whole server. */
export function aStatus(options: StatusOptions): RequestEntry {
  const { generation, observed, image = 'a:1', accepted = 'True', since = '2026-01-01T00:00:00Z', ...rest } = options;
  const conditions = [{ type: 'Accepted', status: accepted, reason: 'Accepted', lastTransitionTime: since }];
  const answer = {
    metadata: { uid: 'server', name: 'weather', generation },
    spec: { image },
    status: { observedGeneration: observed, conditions },
  };
  return aWrite({ resource: 'mcpservers.mcp.mcp.dev', subresource: 'status', answer, ...rest });
}
