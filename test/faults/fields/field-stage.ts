import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { writeKubeconfig } from '../../../cluster/kubeconfig.ts';
import type { MCPServer } from '../../../src/api/v1alpha1/mcp-server.ts';
import { assignmentFor } from '../../../src/controller/targets.ts';
import { verificationOf } from '../../../src/controller/verification.ts';
import { until } from '../../support/until.ts';
import { aVerifiedSnapshot } from '../../support/verified-snapshots.ts';
import { differencesOf } from '../stage/differences.ts';
import { type EndState, endStateOf, type Json, readObjects } from '../stage/end-state.ts';
import { createHome } from '../stage/home.ts';
import { runDirectory } from '../stage/operator-keeper.ts';
import { startProgram } from '../stage/operator-program.ts';
import type { Stage } from '../stage/run-workload.ts';

/** A namespace with an operator, and one MCPServer `weather` whose spec is changed again and again. */
export interface FieldStage {
  /** Creates it. */
  create(spec: object): Promise<void>;
  /** Sends a merge patch of the spec; any status is an answer. */
  patch(spec: object): Promise<{ readonly status: number; readonly message: string }>;
  /** Replaces the whole spec. */
  replace(spec: object): Promise<void>;
  /** Waits until the current spec is carried out, or told to be refused for this reason, and everything is at rest. */
  settled(reason?: string): Promise<void>;
  /** What there is: children's specs, and what the verifier is to do. */
  picture(): Promise<EndState>;
  close(): Promise<void>;
}

const MERGE = 'application/merge-patch+json';

/** Starts an operator in a namespace of its own, in which a Secret `keys` is. */
export async function openFieldStage({ plane, build, deadlineMs }: Stage): Promise<FieldStage> {
  const { namespace, token } = await createHome(plane, 'fields');
  await plane.send('POST', `/api/v1/namespaces/${namespace}/secrets`, { metadata: { name: 'keys' } });
  const home = await runDirectory(plane.files, namespace);
  const kubeconfig = join(home, 'kubeconfig');
  await writeKubeconfig(kubeconfig, {
    server: plane.url,
    ca: plane.ca,
    user: 'operator',
    credentials: { token },
    namespace,
  });
  const program = startProgram({ build, instance: '1', kubeconfig, namespace, home });
  const servers = `/apis/mcp.mcp.dev/v1alpha1/namespaces/${namespace}/mcpservers`;
  const read = () => plane.send<MCPServer>('GET', `${servers}/weather`);

  async function picture(): Promise<EndState> {
    const objects = await readObjects(plane, namespace);
    const state = endStateOf({ ...objects, Pod: [] }, namespace);
    const specOf = (name: string) => ({ spec: ((state[name] ?? {}) as { readonly spec?: Json }).spec ?? null });
    return {
      Deployment: specOf('Deployment/weather'),
      Service: specOf('Service/weather'),
      verifier: verifierOf(await read(), namespace),
    };
  }

  return {
    async create(spec) {
      const apiVersion = 'mcp.mcp.dev/v1alpha1';
      await plane.send('POST', servers, { apiVersion, kind: 'MCPServer', metadata: { name: 'weather' }, spec });
    },
    async patch(spec) {
      const { status, body } = await plane.request('PATCH', `${servers}/weather`, { spec }, MERGE);
      return { status, message: (body as { readonly message?: string }).message ?? '' };
    },
    async replace(spec) {
      // Somebody else may have written the status in between: whoever replaces a spec tries again.
      await until(
        async () => (await plane.request('PUT', `${servers}/weather`, { ...(await read()), spec })).status === 200,
        {
          what: 'the spec to be replaced',
          deadlineMs,
        },
      );
    },
    settled: (reason) =>
      until(
        async () => {
          const { metadata, status } = await read();
          const accepted = status?.conditions?.find(({ type }) => type === 'Accepted');
          const isTold = reason === undefined ? accepted?.status === 'True' : accepted?.reason === reason;
          return isTold && status?.observedGeneration === metadata.generation;
        },
        { what: `the spec to be ${reason ?? 'carried out'}`, deadlineMs },
      ).then(() => undefined),
    picture,
    async close() {
      await program.stop();
      if (!plane.isOwn) await plane.request('DELETE', `/api/v1/namespaces/${namespace}`);
    },
  };
}

/** What the verifier does differently for a server with this spec: it is not seen in any object. */
function verifierOf(server: MCPServer, namespace: string): Json {
  const snapshot = aVerifiedSnapshot({ server });
  const text = JSON.stringify({
    settings: assignmentFor(snapshot, '1')?.settings,
    missingTools: verificationOf(snapshot).missingTools?.tools,
  });
  return JSON.parse(text.replaceAll(namespace, '$namespace'));
}

/**
 * Compares what has changed with what was to change.
 *
 * @param effect by place; null: it is gone
 * @returns what is wrong, in words
 */
export function wrongEffects(
  before: EndState,
  after: EndState,
  effect: Readonly<Record<string, Json>>,
): readonly string[] {
  const changes = new Map(differencesOf(before, after).map(({ path, found }) => [path, found ?? null]));
  const missing = Object.entries(effect).flatMap(([path, value]) => {
    const found = changes.get(path);
    if (found !== undefined && isDeepStrictEqual(found, value)) return [];
    return [
      `${path} should have become ${JSON.stringify(value)} and is ${found === undefined ? 'as before' : JSON.stringify(found)}`,
    ];
  });
  const extra = [...changes].filter(([path]) => !(path in effect));
  return [
    ...missing,
    ...extra.map(([path, found]) => `${path} has become ${JSON.stringify(found)}, and should be as before`),
  ];
}
