import type { Container, PodSpec } from 'kubernetes-types/core/v1.js';
import type { MCPServer, MCPServerSpec } from '../../api/v1alpha1/mcp-server.ts';
import type { HealthType } from '../health-in-effect.ts';
import { CONTAINER_NAME, labelsFor, PORT_NAME, selectorFor, VERIFIED_GATE } from '../labels.ts';
import type { Deployment } from '../resources.ts';
import { withAppliedHash } from './applied-hash.ts';
import { childMetadata } from './metadata.ts';
import { probesFor } from './probes.ts';

/** What the Deployment depends on beside the MCPServer. */
export interface DeploymentFacts {
  /**
   * Whether the namespace enforces the `restricted` Pod Security level. It then demands `runAsNonRoot`, which is left
   * out elsewhere because many published images run as root.
   */
  readonly restricted: boolean;
  /** What `spec.health.type` comes to. */
  readonly healthType: HealthType;
}

/**
 * The Deployment of an MCPServer: hardened, without a service account token unless an account is named, and replaced
 * pod by pod without a gap.
 *
 * @param server an MCPServer with the API server's defaults filled in
 */
export function deploymentFor(server: MCPServer, facts: DeploymentFacts): Deployment {
  const { name } = server.metadata;
  return withAppliedHash({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: childMetadata(server),
    spec: {
      replicas: server.spec.replicas,
      selector: { matchLabels: selectorFor(name) },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: '25%' } },
      template: { metadata: { labels: labelsFor(name) }, spec: podSpecFor(server.spec, facts) },
    },
  });
}

/** The account that Kubernetes gives a pod without one. */
const DEFAULT_ACCOUNT = 'default';

function podSpecFor(spec: MCPServerSpec, facts: DeploymentFacts): PodSpec {
  return {
    containers: [containerFor(spec, facts)],
    // Without this, a Service named "mcp" would put MCP_PORT=tcp://… into every server of its namespace.
    enableServiceLinks: false,
    securityContext: {
      seccompProfile: { type: 'RuntimeDefault' },
      ...(facts.restricted ? { runAsNonRoot: true } : {}),
    },
    // Named in any case: the API server keeps a copy of the name under `serviceAccount`, which is nobody's, and gives it
    // back when ours is dropped. The pods would go on with the rights of an account that was taken back.
    serviceAccountName: spec.serviceAccountName ?? DEFAULT_ACCOUNT,
    ...(spec.serviceAccountName === undefined ? { automountServiceAccountToken: false } : {}),
    ...filled('imagePullSecrets', spec.imagePullSecrets),
    ...(facts.healthType === 'MCP' ? { readinessGates: [{ conditionType: VERIFIED_GATE }] } : {}),
  };
}

function containerFor(spec: MCPServerSpec, facts: DeploymentFacts): Container {
  // Handed through as they are. (A quantity may be a number on the wire; these types know text only.)
  const { env, envFrom = [], resources } = spec as Pick<Container, 'env' | 'envFrom' | 'resources'>;
  const fromSecret = spec.secretName === undefined ? [] : [{ secretRef: { name: spec.secretName } }];
  return {
    name: CONTAINER_NAME,
    image: spec.image,
    ...(spec.imagePullPolicy === undefined ? {} : { imagePullPolicy: spec.imagePullPolicy }),
    ...filled('command', spec.command),
    ...filled('args', spec.args),
    ...(spec.workingDir === undefined ? {} : { workingDir: spec.workingDir }),
    ...filled('env', env),
    // Later entries win, so what the user lists in `envFrom` overrides the Secret.
    ...filled('envFrom', [...fromSecret, ...envFrom]),
    ports: [{ name: PORT_NAME, containerPort: spec.port, protocol: 'TCP' }],
    ...(resources === undefined ? {} : { resources }),
    ...probesFor(spec.health, facts.healthType),
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  };
}

/** A field with a list, or nothing for an empty one: the API server drops empty lists, and so must our wish. */
function filled<K extends string, T>(field: K, list: readonly T[] | undefined): { readonly [P in K]?: T[] } {
  return list === undefined || list.length === 0 ? {} : ({ [field]: [...list] } as { readonly [P in K]?: T[] });
}
