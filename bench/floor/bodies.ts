import type { MCPServer } from '../../src/api/v1alpha1/mcp-server.ts';
import { deploymentFor } from '../../src/controller/objects/deployment.ts';
import { serviceFor } from '../../src/controller/objects/service.ts';
import type { Deployment } from '../../src/controller/resources.ts';
import type { Snapshot } from '../../src/controller/snapshot.ts';
import { statusOf } from '../../src/controller/status.ts';
import { createTemplate, type Template } from './template.ts';

/**
 * What the yardstick writes: word for word what the operator writes, made by the operator's own functions. They run once
 * for each kind of server; what differs from server to server is filled in, so that deciding costs the yardstick nothing.
 */

/** A server, and what there is to say of it. */
export interface Subject {
  readonly server: MCPServer;
  /** Its Deployment's; undefined when there is none yet. */
  readonly deploymentUid: string | undefined;
  /** Pods that are available. */
  readonly available: number;
}

/** The bodies of the three writes, as JSON. */
export interface Bodies {
  deployment(subject: Subject): string;
  service(subject: Subject): string;
  status(subject: Subject): string;
}

// What no real server has, so that it can be found again in the text.
const marks = {
  name: '@name@',
  namespace: '@namespace@',
  uid: '@uid@',
  child: '@child@',
  generation: '987654321',
  time: '2001-02-03T04:05:06Z',
} as const;
const markedTime = Date.parse(marks.time);

/** @param now the wall clock, in milliseconds since the epoch */
export function createBodies(now: () => number = Date.now): Bodies {
  const templates = new Map<string, Template<keyof typeof marks>>();

  function fill(kind: string, subject: Subject, make: (server: MCPServer) => unknown): string {
    const { metadata, spec } = subject.server;
    const key = `${kind} ${JSON.stringify(spec)}`;
    let template = templates.get(key);
    if (template === undefined) {
      template = createTemplate(JSON.stringify(make(marked(subject.server))), marks);
      templates.set(key, template);
    }
    return template.fill({
      name: metadata.name,
      namespace: metadata.namespace ?? '',
      uid: metadata.uid ?? '',
      child: subject.deploymentUid ?? '',
      generation: String(metadata.generation ?? 0),
      time: `${new Date(now()).toISOString().slice(0, 19)}Z`,
    });
  }

  return {
    deployment(subject) {
      const isNew = subject.deploymentUid === undefined;
      return fill(isNew ? 'new Deployment' : 'Deployment', subject, (server) =>
        withMetadata(deploymentOf(server), isNew ? { resourceVersion: '1' } : { uid: marks.child }),
      );
    },
    service: (subject) =>
      fill('new Service', subject, (server) => withMetadata(serviceFor(server, 'None'), { resourceVersion: '1' })),
    status: (subject) =>
      fill(`status at ${subject.available}`, subject, (server) => {
        const { name, namespace, uid } = server.metadata;
        const { apiVersion, kind } = server;
        return { apiVersion, kind, metadata: { name, namespace, uid }, status: statusAt(server, subject.available) };
      }),
  };
}

/** The server as one of whom nothing is known but its spec. */
function marked({ apiVersion, kind, spec }: MCPServer): MCPServer {
  const { name, namespace, uid, generation } = marks;
  return {
    apiVersion,
    kind,
    metadata: { name, namespace, uid, generation: Number(generation), resourceVersion: '1' },
    spec,
  } as MCPServer;
}

const deploymentOf = (server: MCPServer) => deploymentFor(server, { restricted: false, healthType: 'HTTP' });

function withMetadata<T extends { readonly metadata: object }>(object: T, more: object): T {
  return { ...object, metadata: { ...object.metadata, ...more } };
}

function statusAt(server: MCPServer, available: number) {
  const replicas = available;
  const status = { observedGeneration: 1, replicas, updatedReplicas: replicas, availableReplicas: replicas };
  const live = { ...withMetadata(deploymentOf(server), { generation: 1, uid: 'live' }), status } as Deployment;
  const snapshot: Snapshot = {
    now: markedTime,
    server,
    children: { Deployment: live, Service: serviceFor(server, 'None') },
    pods: [],
    reports: [],
    secretExists: true,
    tokenExists: true,
    restricted: false,
    refusals: {},
  };
  return statusOf(snapshot);
}
