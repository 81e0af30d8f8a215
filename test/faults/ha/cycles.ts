import { setTimeout as sleep } from 'node:timers/promises';
import type { MCPServer } from '../../../src/api/v1alpha1/mcp-server.ts';
import type { TestControlPlane } from '../../support/control-plane.ts';

/** Lives of MCPServers, one after the other: created, changed, deleted. */
export interface CycleOptions {
  readonly plane: Pick<TestControlPlane, 'request' | 'send'>;
  readonly namespace: string;
  readonly cycles: number;
  /** How many live at the same time. Default 16: as many as the operator works on at a time. */
  readonly parallel?: number;
  /** Told after each life. Default: nobody. */
  readonly onCycle?: (done: number) => void;
  /** Ends it early. Default: never. */
  readonly signal?: AbortSignal;
}

/** How long one step of one server may take: a busy machine is slow, and what is lost never comes. */
const STEP_MS = 120_000;
const LOOK_MS = 100;

const image = 'example.com/weather:1.0';

/**
 * Runs them to the end. Children and pods of a deleted server are deleted here, so that a control plane without
 * controllers will do; where there are some, they were faster.
 *
 * @throws Error that names the server which was not carried out
 */
export async function runCycles(options: CycleOptions): Promise<void> {
  const { plane, namespace, cycles, parallel = 16, onCycle, signal } = options;
  const collection = `/apis/mcp.mcp.dev/v1alpha1/namespaces/${namespace}/mcpservers`;
  let generations: ReadonlyMap<string, number> = new Map();
  let looks = 0;
  let begun = 0;
  let done = 0;
  let over = false;

  /** One list for everybody who waits. */
  async function look(): Promise<void> {
    while (!over) {
      const { items } = await plane.send<{ items: readonly MCPServer[] }>('GET', collection);
      generations = new Map(items.map(({ metadata, status }) => [metadata.name, status?.observedGeneration ?? 0]));
      looks += 1;
      await sleep(LOOK_MS);
    }
  }

  async function reaches(name: string, generation: number | undefined): Promise<void> {
    const since = performance.now();
    // What is being looked at just now may be from before.
    const from = looks + 2;
    for (;;) {
      if (looks >= from && generations.get(name) === generation) return;
      if (over || signal?.aborted) throw new Error('stopped');
      if (performance.now() - since > STEP_MS) {
        const what = generation === undefined ? 'is still there' : `did not come to generation ${generation}`;
        throw new Error(`${namespace}/${name} ${what} within ${STEP_MS / 1000} s`);
      }
      await sleep(LOOK_MS / 2);
    }
  }

  async function live(name: string): Promise<void> {
    const spec = { image, verify: { disabled: true } };
    const server = { apiVersion: 'mcp.mcp.dev/v1alpha1', kind: 'MCPServer', metadata: { name }, spec };
    await plane.send('POST', collection, server);
    const metadata = { name, labels: { 'mcp.mcp.dev/server': name, app: name } };
    await plane.send('POST', `/api/v1/namespaces/${namespace}/pods`, {
      metadata,
      spec: { containers: [{ name: 'mcp-server', image }] },
    });
    await reaches(name, 1);
    await plane.send('PATCH', `${collection}/${name}`, { spec: { port: 9090 } }, 'application/merge-patch+json');
    await reaches(name, 2);
    await plane.send('DELETE', `${collection}/${name}`);
    await reaches(name, undefined);
    const children = [`/apis/apps/v1/namespaces/${namespace}/deployments`, ...['services', 'pods'].map(core)];
    for (const path of children) await plane.request('DELETE', `${path}/${name}?gracePeriodSeconds=0`);
  }

  const core = (plural: string) => `/api/v1/namespaces/${namespace}/${plural}`;

  async function work(): Promise<void> {
    while (begun < cycles && !over && !signal?.aborted) {
      begun += 1;
      await live(`soak-${begun}`);
      done += 1;
      onCycle?.(done);
    }
  }

  const looking = look();
  const workers = Promise.all(Array.from({ length: Math.min(parallel, cycles) }, work));
  try {
    // A look that fails is not "not yet": nobody would ever come on.
    await Promise.race([workers, looking]);
  } finally {
    over = true;
    await Promise.allSettled([workers, looking]);
  }
}
