import { waitFor } from '../../../cluster/wait.ts';
import type { MCPServer } from '../../../src/api/v1alpha1/mcp-server.ts';
import type { FaultProxy } from '../proxy/proxy-contract.ts';
import { CANARY, type EndState, endStateOf, type Objects, readObjects } from './end-state.ts';
import type { OperatorKeeper } from './operator-keeper.ts';
import { useOf } from './operator-program.ts';
import type { Plane } from './plane.ts';
import type { UseSample } from './run-record.ts';
import { areWatchesOpen } from './watches.ts';

/** What is known once everything is at rest. */
export interface Calm {
  /** See `RunRecord.calmSince`. */
  readonly since: number;
  readonly endState: EndState;
  readonly use: readonly UseSample[];
}

/** What calm is looked for in. */
export interface CalmOptions {
  readonly plane: Plane;
  readonly namespace: string;
  readonly proxy: FaultProxy;
  readonly keeper: OperatorKeeper;
  /** Starts the operator again too: not needed where a fault has done that already. */
  readonly withRestart: boolean;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds out whether an operator that has converged leaves everything alone: somebody touches every object in a field that
 * is not the operator's, and the operator is started again, which looks at everything anew.
 *
 * When it has looked cannot be seen from outside. A canary tells: an MCPServer that is created after the touches, while
 * every watch is open, is served after them, and so is what its Deployment became; so when its status says that, all of
 * them have been dealt with. Its own writes do not count.
 */
export async function findCalm(options: CalmOptions): Promise<Calm> {
  const { plane, namespace, proxy, keeper } = options;
  await sendCanary(options, 1);
  await waitFor(() => proxy.pending === 0, {
    what: 'the last requests to end',
    deadlineMs: options.deadlineMs,
    signal: options.signal,
  });
  const objects = await readObjects(plane, namespace);
  const converged = await sample('converged');
  proxy.note('everything is calm; touches every object and starts the operator again');
  const since = proxy.trace.at(-1)?.seq ?? 0;
  await touch(plane, namespace, objects);
  await sendCanary(options, 2);
  const calm = await sample('calm');
  if (options.withRestart) {
    await keeper.replace();
    await sendCanary(options, 3);
  }
  return { since, endState: endStateOf(objects, namespace), use: [...converged, ...calm] };

  async function sample(when: UseSample['when']): Promise<readonly UseSample[]> {
    const program = keeper.current();
    const use = program === undefined ? undefined : await useOf(program.pid);
    return program === undefined || use === undefined ? [] : [{ instance: program.instance, when, ...use }];
  }
}

/** Creates a stopped server and waits until it is shown as stopped, by one who has seen its Deployment observed. */
async function sendCanary(options: CalmOptions, number: number): Promise<void> {
  const { plane, namespace, proxy, keeper, deadlineMs, signal } = options;
  // One that lists anew, after a fault or a start, knows nothing of what it will find.
  await waitFor(() => areWatchesOpen(proxy.trace, keeper.current()?.instance), {
    what: 'every watch to be open',
    deadlineMs,
    signal,
    intervalMs: 20,
  });
  const name = `${CANARY}${number}`;
  const servers = `/apis/mcp.mcp.dev/v1alpha1/namespaces/${namespace}/mcpservers`;
  const spec = { image: 'example.com/canary:1', replicas: 0, verify: { disabled: true } };
  await plane.send('POST', servers, {
    apiVersion: 'mcp.mcp.dev/v1alpha1',
    kind: 'MCPServer',
    metadata: { name },
    spec,
  });
  await waitFor(
    async () => {
      const { status } = await plane.send<Pick<MCPServer, 'status'>>('GET', `${servers}/${name}`);
      const progressing = status?.conditions?.find(({ type }) => type === 'Progressing');
      return status?.phase === 'Stopped' && progressing?.reason === 'Complete';
    },
    { what: `the operator to serve the canary ${number}`, deadlineMs, signal, intervalMs: 80 },
  );
}

const touchable = {
  MCPServer: '/apis/mcp.mcp.dev/v1alpha1/namespaces/$/mcpservers',
  Deployment: '/apis/apps/v1/namespaces/$/deployments',
  Service: '/api/v1/namespaces/$/services',
} as const;

/** A label: an annotation of a Deployment counts as a change of its spec (a new generation), and so as a rollout. */
async function touch(plane: Plane, namespace: string, objects: Objects): Promise<void> {
  const patch = { metadata: { labels: { 'example.com/touched': 'by-somebody-else' } } };
  const paths = (Object.keys(touchable) as (keyof typeof touchable)[]).flatMap((kind) =>
    objects[kind].map(({ metadata }) => `${touchable[kind].replace('$', namespace)}/${metadata.name}`),
  );
  await Promise.all(paths.map((path) => plane.send('PATCH', path, patch)));
}
