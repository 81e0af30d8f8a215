import type { MCPServer } from '../../src/api/v1alpha1/mcp-server.ts';
import type { OperatorFlags } from '../../src/operator-flags.ts';
import type { TestControlPlane } from './control-plane.ts';
import { conditionOf, serversIn, startOperator } from './operator.ts';
import { completeReadiness, reportServing } from './serving-pods.ts';
import { until } from './until.ts';

/** A pod as far as verification shows in it. */
export interface SeenPod {
  readonly name: string;
  readonly image: string;
  /** The readiness gate's state; undefined where it was never set. */
  readonly gate: string | undefined;
  readonly hasGate: boolean;
  readonly ready: boolean;
}

/** An event of the MCPServer. */
export interface SeenEvent {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

/** An operator that verifies real MCP servers on loopback, and what a test does around it. */
export type VerifyStage = Awaited<ReturnType<typeof createVerifyStage>>;

/**
 * Starts an operator in a namespace of its own. The API server and the MCP servers are real; what a kubelet would do is
 * done by `serve` and `untilServer`.
 *
 * @param flags beside `--probe-via=direct`
 */
export async function createVerifyStage(plane: TestControlPlane, flags: Partial<OperatorFlags> = {}) {
  const namespace = await plane.createNamespace();
  const servers = serversIn(plane, namespace);
  const start = () => startOperator(plane, { namespaces: [namespace], flags: { probeVia: 'direct', ...flags } });
  const kubectl = (...args: readonly string[]) => plane.kubectl(['-n', namespace, ...args]);
  const json = async (...args: readonly string[]) => JSON.parse(await kubectl('get', ...args, '-o', 'json'));

  async function untilServer(name: string, what: string, holds: (server: MCPServer) => boolean): Promise<MCPServer> {
    return until(
      async () => {
        await completeReadiness(plane, namespace, name);
        const server = await servers.get(name);
        if (!holds(server)) throw new Error(`the status is ${JSON.stringify(server.status)}`);
        return server;
      },
      { what: `${name}: ${what}` },
    );
  }

  return {
    namespace,
    servers,
    operator: await start(),
    /** Another operator with the same flags and rights. */
    start,
    kubectl,
    /** Creates a server, verified, and reports its pods as running at these addresses. */
    async serve(
      name: string,
      spec: { readonly verify?: object; readonly [field: string]: unknown },
      addresses: readonly string[] = ['127.0.0.1'],
      ready = true,
    ): Promise<readonly string[]> {
      const { verify = {}, ...rest } = spec;
      await servers.create(name, { replicas: addresses.length, ...rest, verify: { interval: '5s', ...verify } });
      return reportServing(plane, namespace, name, addresses, ready);
    },
    /** Waits until a server is as it should be; its pods become Ready as their kubelet would make them. */
    untilServer,
    /** Waits until a condition of a server has a reason. */
    untilReason: (name: string, type: string, reason: string) =>
      untilServer(name, `${type} to be ${reason}`, (server) => conditionOf(server, type)?.reason === reason),
    /** The pods of a server, by name. */
    async pods(name: string): Promise<readonly SeenPod[]> {
      const { items } = (await json('pods', '-l', `mcp.mcp.dev/server=${name}`)) as PodList;
      return items
        .map(({ metadata, spec, status }) => {
          const of = (type: string) => status.conditions?.find((each) => each.type === type)?.status;
          return {
            name: metadata.name,
            image: spec.containers[0]?.image ?? '',
            gate: of(GATE),
            hasGate: spec.readinessGates?.some(({ conditionType }) => conditionType === GATE) ?? false,
            ready: of('Ready') === 'True',
          };
        })
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    /** The events of the MCPServer, once there is one of this reason. */
    async events(reason: string): Promise<readonly SeenEvent[]> {
      return until(
        async () => {
          const { items } = (await json('events')) as { items: readonly (SeenEvent & Involved)[] };
          const found = items.filter((event) => event.involvedObject.kind === 'MCPServer' && event.reason === reason);
          return found.length > 0 && found.map(({ type, message }) => ({ type, reason, message }));
        },
        { what: `an event ${reason}` },
      );
    },
    /** The Service's session affinity. */
    async affinity(name: string): Promise<string> {
      return (await json('service', name)).spec.sessionAffinity;
    },
  };
}

const GATE = 'mcp.mcp.dev/verified';

interface Involved {
  readonly involvedObject: { readonly kind: string };
}

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly spec: {
      readonly readinessGates?: readonly { readonly conditionType: string }[];
      readonly containers: readonly { readonly image: string }[];
    };
    readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  }[];
}
