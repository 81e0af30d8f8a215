import type { TestControlPlane } from './control-plane.ts';
import { serversIn, startOperator, type TestOperator, type TestOperatorOptions } from './operator.ts';

/** An event, as a person reads it: `MCPServer/weather Warning SecretNotFound: Secret keys …`. */
export interface SeenEvent {
  readonly text: string;
  readonly object: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
}

/** A namespace, and what tests do in it. */
export interface NamespaceStage {
  readonly namespace: string;
  readonly servers: ReturnType<typeof serversIn>;
  /** kubectl in this namespace, as the administrator. */
  kubectl(...args: string[]): Promise<string>;
  /** A Deployment or Service as stored. */
  // biome-ignore lint/suspicious/noExplicitAny: what the API server answers is looked into field by field
  child(kind: 'deployment' | 'service', name?: string): Promise<any>;
  /** The operator's own events in this namespace, oldest first. */
  events(): Promise<readonly SeenEvent[]>;
}

/** A namespace with an operator that watches it and has the generated rights in it. */
export interface OperatorStage extends NamespaceStage {
  readonly operator: TestOperator;
}

const collections = { deployment: '/apis/apps/v1', service: '/api/v1' } as const;

interface EventList {
  readonly items: readonly {
    readonly metadata: { readonly creationTimestamp: string };
    readonly involvedObject: { readonly kind: string; readonly name: string };
    readonly source: { readonly component?: string };
    readonly type: string;
    readonly reason: string;
    readonly message: string;
    readonly count?: number;
  }[];
}

/**
 * A namespace of its own.
 *
 * @param labels of the namespace
 */
export async function createNamespaceStage(
  plane: TestControlPlane,
  labels: Readonly<Record<string, string>> = {},
): Promise<NamespaceStage> {
  return stageIn(plane, await plane.createNamespace(labels));
}

/** What tests do in a namespace that exists. */
export function stageIn(plane: TestControlPlane, namespace: string): NamespaceStage {
  return {
    namespace,
    servers: serversIn(plane, namespace),
    kubectl: (...args) => plane.kubectl(['-n', namespace, ...args]),
    child: (kind, name = 'weather') =>
      plane.send('GET', `${collections[kind]}/namespaces/${namespace}/${kind}s/${name}`),
    async events() {
      const { items } = await plane.send<EventList>('GET', `/api/v1/namespaces/${namespace}/events`);
      return items
        .filter(({ source }) => source.component === 'smooth-operator')
        .sort((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1))
        .map(({ involvedObject: { kind, name }, type, reason, message, count = 1 }) => {
          const object = `${kind}/${name}`;
          return { text: `${object} ${type} ${reason}: ${message}`, object, type, reason, message, count };
        });
    },
  };
}

/** A namespace of its own and an operator for it. */
export async function createOperatorStage(
  plane: TestControlPlane,
  options: Omit<TestOperatorOptions, 'namespaces'> = {},
): Promise<OperatorStage> {
  const stage = await createNamespaceStage(plane);
  return { ...stage, operator: await startOperator(plane, { ...options, namespaces: [stage.namespace] }) };
}
