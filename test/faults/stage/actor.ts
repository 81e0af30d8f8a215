import { waitFor } from '../../../cluster/wait.ts';
import type { MCPServer, MCPServerSpecDraft } from '../../../src/api/v1alpha1/mcp-server.ts';
import type { PodManner } from './kubelet.ts';
import type { Plane } from './plane.ts';

/** What a person does in the namespace of a run, and waits for. Waits look at the API server, never at the operator. */
export interface Actor {
  readonly namespace: string;
  /** The port of the MCP server that pods of the manner `serving` run. */
  readonly mcpPort: number;
  create(name: string, spec?: Partial<MCPServerSpecDraft>): Promise<void>;
  /** Merges into the spec; null removes a field. */
  change(name: string, spec: object): Promise<void>;
  /** Deletes it, and returns when nobody finds it or its children any more, unless `andWait` is false. */
  remove(name: string, andWait?: boolean): Promise<void>;
  /** Waits until everything about the current spec of a server is shown: it runs, or is stopped. */
  settled(name: string): Promise<void>;
  /** Waits until a condition has this reason, for the current spec. */
  untilReason(name: string, type: string, reason: string): Promise<void>;
  /** Creates a Secret, or replaces it. */
  secret(name: string, values: Readonly<Record<string, string>>): Promise<void>;
  /** Merges into a child, as somebody else. */
  edit(kind: ChildKind, name: string, patch: object): Promise<void>;
  /** Waits until a child is as it should be. */
  untilChild(kind: ChildKind, name: string, what: string, holds: (child: Child) => boolean): Promise<void>;
  /** Deletes a child, as somebody else, and waits until another one is there. */
  removeChild(kind: ChildKind, name: string): Promise<void>;
  /** Creates or deletes something of somebody else's. */
  createForeign(kind: ChildKind, object: object): Promise<void>;
  removeForeign(kind: ChildKind, name: string): Promise<void>;
  /** Labels the namespace. */
  labelNamespace(labels: Readonly<Record<string, string | null>>): Promise<void>;
  /** Deletes the namespace, waits until it is gone, and makes it and the operator's rights again. */
  replaceNamespace(): Promise<void>;
  /** What becomes of pods from now on. */
  pods(manner: PodManner): void;
  /** Ends the operator and starts its next version, as a Deployment with one replica does. */
  upgrade(): Promise<void>;
}

/** The kinds of child. */
export type ChildKind = 'deployment' | 'service';

// biome-ignore lint/suspicious/noExplicitAny: what the API server answers is looked into field by field
type Child = any;

/** What an actor needs beside the plane. */
export interface ActorParts {
  readonly plane: Plane;
  readonly namespace: string;
  readonly mcpPort: number;
  /** Told of everything that is done. */
  readonly note: (text: string) => void;
  readonly pods: (manner: PodManner) => void;
  readonly upgrade: () => Promise<void>;
  /** Makes the namespace and the rights again. */
  readonly restore: () => Promise<void>;
  /** Of each wait, in milliseconds. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
}

const MERGE = 'application/merge-patch+json';

/** An actor in a namespace. */
export function createActor(parts: ActorParts): Actor {
  const { plane, namespace, note, deadlineMs } = parts;
  const servers = `/apis/mcp.mcp.dev/v1alpha1/namespaces/${namespace}/mcpservers`;
  const children: Readonly<Record<ChildKind, string>> = {
    deployment: `/apis/apps/v1/namespaces/${namespace}/deployments`,
    service: `/api/v1/namespaces/${namespace}/services`,
  };
  const wait = (what: string, condition: () => Promise<boolean>) =>
    waitFor(condition, { what, deadlineMs, intervalMs: 80, signal: parts.signal }).then(() => undefined);
  const isGone = async (path: string) => (await plane.request('GET', path)).status === 404;

  async function untilServer(name: string, what: string, holds: (server: MCPServer) => boolean): Promise<void> {
    note(`waits for ${name}: ${what}`);
    let status: unknown;
    await wait(`${name}: ${what}`, async () => {
      const server = await plane.send<MCPServer>('GET', `${servers}/${name}`);
      status = server.status;
      if (holds(server)) return true;
      throw new Error(`the status is ${JSON.stringify(status)}`);
    });
  }

  return {
    namespace,
    mcpPort: parts.mcpPort,
    async create(name, spec = {}) {
      note(`creates MCPServer ${name}`);
      const whole = { image: 'example.com/weather:1.0', verify: { disabled: true }, ...spec };
      const apiVersion = 'mcp.mcp.dev/v1alpha1';
      await plane.send('POST', servers, { apiVersion, kind: 'MCPServer', metadata: { name }, spec: whole });
    },
    async change(name, spec) {
      note(`changes MCPServer ${name}: ${JSON.stringify(spec)}`);
      await plane.send('PATCH', `${servers}/${name}`, { spec }, MERGE);
    },
    async remove(name, andWait = true) {
      note(`deletes MCPServer ${name}`);
      await plane.send('DELETE', `${servers}/${name}`);
      if (!andWait) return;
      const paths = [servers, children.deployment, children.service].map((path) => `${path}/${name}`);
      await wait(`${name} and its children to be gone`, async () =>
        (await Promise.all(paths.map(isGone))).every(Boolean),
      );
    },
    settled: (name) => untilServer(name, 'settled', isSettled),
    untilReason: (name, type, reason) =>
      untilServer(name, `${type} to be ${reason}`, ({ metadata, status }) => {
        const condition = status?.conditions?.find((each) => each.type === type);
        return condition?.reason === reason && condition.observedGeneration === metadata.generation;
      }),
    async secret(name, values) {
      note(`writes Secret ${name}`);
      const path = `/api/v1/namespaces/${namespace}/secrets`;
      const secret = { metadata: { name }, stringData: values };
      const { status } = await plane.request('POST', path, secret);
      if (status === 409) await plane.send('PATCH', `${path}/${name}`, secret, MERGE);
      else if (status !== 201) throw new Error(`Secret ${name}: ${status}`);
    },
    async edit(kind, name, patch) {
      note(`edits ${kind} ${name}: ${JSON.stringify(patch)}`);
      await plane.send('PATCH', `${children[kind]}/${name}?fieldManager=somebody-else`, patch, MERGE);
    },
    untilChild: (kind, name, what, holds) => {
      note(`waits for ${kind} ${name}: ${what}`);
      return wait(`${kind} ${name}: ${what}`, async () => holds(await plane.send('GET', `${children[kind]}/${name}`)));
    },
    async removeChild(kind, name) {
      note(`deletes ${kind} ${name}`);
      const path = `${children[kind]}/${name}`;
      const { metadata } = await plane.send<Child>('GET', path);
      await plane.send('DELETE', path, { propagationPolicy: 'Background' });
      await wait(`another ${kind} ${name}`, async () => {
        const { status, body } = await plane.request('GET', path);
        return status === 200 && (body as Child).metadata.uid !== metadata.uid;
      });
    },
    async createForeign(kind, object) {
      note(`creates a ${kind} of its own`);
      await plane.send('POST', children[kind], object);
    },
    async removeForeign(kind, name) {
      note(`deletes its own ${kind} ${name}`);
      await plane.send('DELETE', `${children[kind]}/${name}`, { propagationPolicy: 'Background' });
    },
    async labelNamespace(labels) {
      note(`labels the namespace: ${JSON.stringify(labels)}`);
      await plane.send('PATCH', `/api/v1/namespaces/${namespace}`, { metadata: { labels } }, MERGE);
    },
    async replaceNamespace() {
      note('deletes the namespace');
      const path = `/api/v1/namespaces/${namespace}`;
      await plane.send('DELETE', path);
      await wait('the namespace to be gone', () => isGone(path));
      note('makes the namespace again');
      await parts.restore();
    },
    pods: parts.pods,
    upgrade: parts.upgrade,
  };
}

/** Nothing is left to happen: the status is of this spec, and says that the server runs, or is stopped. */
export function isSettled({ metadata, spec, status }: MCPServer): boolean {
  if (status?.observedGeneration !== metadata.generation) return false;
  const of = (type: string) => status.conditions?.find((condition) => condition.type === type);
  if (of('Progressing')?.reason !== 'Complete') return false;
  if (spec.replicas === 0) return status.phase === 'Stopped' && status.replicas === 0;
  return status.phase === 'Running' && of('Ready')?.status === 'True';
}
