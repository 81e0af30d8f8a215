import { randomBytes } from 'node:crypto';
import type { MCPServer } from '../../../src/api/v1alpha1/mcp-server.ts';
import { until } from '../../support/until.ts';
import type { ClusterKubectl } from './cluster-kubectl.ts';

/** A namespace of one test's own, and MCPServers in it as a user handles them. */
export interface Playground {
  readonly namespace: string;
  /** kubectl in this namespace. */
  kubectl(...args: string[]): Promise<string>;
  /** Applies an object into this namespace. */
  apply(object: object): Promise<void>;
  /** Applies an MCPServer with this spec. */
  applyServer(name: string, spec: object): Promise<void>;
  server(name: string): Promise<MCPServer>;
  /** Waits until an MCPServer is as it should be, and returns it as it was then. */
  untilServer(name: string, what: string, holds: (server: MCPServer) => boolean): Promise<MCPServer>;
  /** Waits until the phase is this one. */
  untilPhase(name: string, phase: string): Promise<MCPServer>;
  /** Where clients on this machine reach a server: by its Service's address, since they ask no cluster DNS. */
  url(name: string): Promise<string>;
  /** The names of a server's pods that are not on their way out, sorted. */
  pods(name: string): Promise<readonly string[]>;
  /** Starts to remove the namespace. */
  remove(): Promise<void>;
}

/** Starting pods is slow where many things run on two cores; only a failing test takes so long. */
const DEADLINE_MS = 240_000;

/** @param labels of the namespace */
export async function createPlayground(
  kubectl: ClusterKubectl,
  labels: Readonly<Record<string, string>> = {},
): Promise<Playground> {
  const namespace = `e2e-${randomBytes(4).toString('hex')}`;
  await kubectl.send(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } },
    'create',
    '-f',
    '-',
  );
  const inside = (...args: string[]) => kubectl.read('-n', namespace, ...args);
  const apply = async (object: object) => void (await kubectl.send(object, '-n', namespace, 'apply', '-f', '-'));
  const server = async (name: string): Promise<MCPServer> =>
    JSON.parse(await inside('get', 'smcp', name, '-o', 'json'));
  const untilServer: Playground['untilServer'] = (name, what, holds) =>
    until(
      async () => {
        const now = await server(name);
        if (!holds(now)) throw new Error(`its status is ${JSON.stringify(now.status)}`);
        return now;
      },
      { what: `${name} in ${namespace}: ${what}`, deadlineMs: DEADLINE_MS, intervalMs: 500 },
    );

  // The controller-manager makes it; a pod that comes earlier is refused, and tried again later and later.
  await until(() => inside('get', 'serviceaccount', 'default', '-o', 'name'), { what: `${namespace} to be usable` });
  return {
    namespace,
    kubectl: inside,
    apply,
    applyServer: (name, spec) =>
      apply({ apiVersion: 'mcp.mcp.dev/v1alpha1', kind: 'MCPServer', metadata: { name }, spec }),
    server,
    untilServer,
    // `phase` alone may still be that of an earlier spec.
    untilPhase: (name, phase) =>
      untilServer(
        name,
        `phase ${phase}`,
        ({ metadata, status }) => status?.phase === phase && status.observedGeneration === metadata.generation,
      ),
    async url(name) {
      const path = 'jsonpath={.spec.clusterIP}:{.spec.ports[0].port}';
      return `http://${await inside('get', 'service', name, '-o', path)}`;
    },
    async pods(name) {
      const list: PodList = JSON.parse(await inside('get', 'pods', '-l', `mcp.mcp.dev/server=${name}`, '-o', 'json'));
      return list.items
        .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
        .map(({ metadata }) => metadata.name)
        .sort();
    },
    remove: async () =>
      void (await kubectl.read('delete', 'namespace', namespace, '--ignore-not-found', '--wait=false')),
  };
}

interface PodList {
  readonly items: readonly { readonly metadata: { readonly name: string; readonly deletionTimestamp?: string } }[];
}
