import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Binaries } from '../../cluster/binaries/resolve.ts';
import { freePorts } from '../../cluster/control-plane/free-port.ts';
import { type ControlPlane, startControlPlane } from '../../cluster/control-plane.ts';
import { writeKubeconfig } from '../../cluster/kubeconfig.ts';
import { waitFor } from '../../cluster/wait.ts';
import { type AnyObject, type Api, createApi } from '../kube/api.ts';
import { follow } from '../kube/follow.ts';
import type { Adapter } from './adapter.ts';
import { openAuditLog } from './audit-log.ts';
import { startContestant } from './contestant.ts';
import { fill } from './fill.ts';
import { collectionPath } from './load.ts';
import { type PhaseName, type PhaseResult, phaseNames, type TurnResult } from './phase-result.ts';
import { phases } from './phases.ts';
import type { Stage } from './stage.ts';
import { createTracker, type Tracker } from './tracker.ts';

/** One contestant, on a control plane of its own, through all phases. */
export interface TurnOptions {
  readonly adapter: Adapter;
  readonly adapterFile: string;
  /** The probe, for contestants on Node. */
  readonly probe: string;
  readonly servers: number;
  readonly run: number;
  readonly phases: ReadonlySet<PhaseName>;
  readonly inFlight: number;
  readonly singles: number;
  readonly steadySeconds: number;
  readonly profileDir: string | undefined;
  readonly binaries: Binaries;
  readonly signal: AbortSignal;
  readonly progress: (text: string) => void;
}

const NAMESPACE = 'race';
/** Who the contestant is: an account with every right, so that nobody's RBAC rules are part of the race. */
const ACCOUNT = 'contestant';
const USER = `system:serviceaccount:${NAMESPACE}:${ACCOUNT}`;
/** The harness itself is not counted, nor are the API server's own calls. */
const auditRules = [{ level: 'Metadata', users: [USER] }, { level: 'None' }];

/** Starts everything, runs the phases and removes everything again, however it ends. */
export async function runTurn(options: TurnOptions): Promise<TurnResult> {
  const { adapter, servers, run, signal, progress, binaries } = options;
  progress('starting etcd and kube-apiserver');
  const plane = await startControlPlane({ audit: auditRules, binaries, signal });
  const ending = new AbortController();
  const admin = createApi({ server: plane.url, ca: plane.ca, credentials: plane.admin }, 'bench', options.inFlight);
  try {
    const names = Array.from({ length: servers }, (_, index) => `race-${String(index).padStart(5, '0')}`);
    const stage = await prepare({ ...options, names }, plane, admin, ending.signal);
    try {
      return { contestant: adapter.name, servers, run, phases: await runPhases(options, stage) };
    } finally {
      await stage.contestant.stop();
      await stage.audit.close();
    }
  } finally {
    ending.abort();
    admin.close();
    await plane.stop();
  }
}

async function runPhases(options: TurnOptions, stage: Stage): Promise<TurnResult['phases']> {
  const results: Partial<Record<PhaseName, PhaseResult>> = {};
  for (const phase of phaseNames) {
    if (!options.phases.has(phase)) continue;
    options.progress(phase);
    const result = await phases[phase](stage);
    if (result !== undefined) results[phase] = result;
    options.signal.throwIfAborted();
  }
  return results;
}

async function prepare(
  options: TurnOptions & { readonly names: readonly string[] },
  plane: ControlPlane,
  api: Api,
  untilEnd: AbortSignal,
): Promise<Stage> {
  const { adapter, adapterFile, probe, signal } = options;
  const kubeconfig = await createAccount(plane, api);
  for (const manifest of adapter.manifests) await applyFile(api, resolve(dirname(adapterFile), manifest), signal);
  const tracker = createTracker(adapter.children.map((child) => (name: string) => fill(child.name, { name })));
  await waitFor(() => followAll(adapter, api, tracker, untilEnd), {
    what: `${adapter.resource.plural} to be served`,
    signal,
  });
  const { auditLog = '' } = plane;
  const audit = await openAuditLog(auditLog, new Set([USER]));
  const start = async () => {
    const [healthPort = 0, metricsPort = 0] = await freePorts(2, '127.0.0.1');
    // The directory is in the command line: the control plane's watchdog knows by it what to end with it.
    const values = { node: process.execPath, kubeconfig, dir: plane.dir, healthPort, metricsPort };
    const contestant = await startContestant({
      adapter,
      adapterFile,
      values,
      probe,
      profiled: options.profileDir !== undefined,
      directory: plane.dir,
      logFile: join(plane.dir, `${adapter.name}.log`),
      signal,
      onStart: plane.guard,
    });
    return contestant;
  };
  const { names, inFlight, singles, steadySeconds, profileDir, progress } = options;
  const contestant = await start().catch(async (thrown: unknown) => {
    await audit.close();
    throw thrown;
  });
  const common = { adapter, api, tracker, audit, contestant, start, names, namespace: NAMESPACE };
  return { ...common, inFlight, singles, steadySeconds, profileDir, signal, progress };
}

/** The harness sees for itself what happens, in the namespace of the race alone. */
async function followAll(adapter: Adapter, api: Api, tracker: Tracker, signal: AbortSignal): Promise<true> {
  // A watch that is lost loses the race: who cannot see cannot measure.
  const onFailure = (error: Error) => {
    throw error;
  };
  const collections = [
    { ...adapter.resource, child: undefined },
    ...adapter.children.map((ref, child) => ({ ...ref, child })),
  ];
  for (const { child, ...ref } of collections) {
    const onEvent = (type: Parameters<Tracker['saw']>[0], object: AnyObject) => tracker.saw(type, object, child);
    await follow(api, { path: collectionPath(ref, NAMESPACE), onEvent, onFailure, signal });
  }
  return true;
}

/** The contestant's account. @returns the path of its kubeconfig */
async function createAccount(plane: ControlPlane, api: Api): Promise<string> {
  await api.send('POST', '/api/v1/namespaces', { metadata: { name: NAMESPACE } });
  const accounts = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`;
  await api.send('POST', accounts, { metadata: { name: ACCOUNT } });
  await api.send('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: ACCOUNT },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: ACCOUNT, namespace: NAMESPACE }],
  });
  const request = { spec: { expirationSeconds: 24 * 3_600 } };
  const answer: { readonly status: { readonly token: string } } = JSON.parse(
    await api.send('POST', `${accounts}/${ACCOUNT}/token`, request),
  );
  const file = join(plane.dir, 'contestant.kubeconfig');
  const credentials = { token: answer.status.token };
  await writeKubeconfig(file, { server: plane.url, ca: plane.ca, user: ACCOUNT, credentials, namespace: NAMESPACE });
  return file;
}

/** Applies every object of a YAML file. */
async function applyFile(api: Api, file: string, signal: AbortSignal): Promise<void> {
  for (const document of parseAllDocuments(await readFile(file, 'utf8'))) {
    const object: AnyObject | null = document.toJS();
    if (object === null) continue;
    const path = `${await pathOf(api, object, signal)}?fieldManager=bench&force=true`;
    await api.send('PATCH', path, object, 'application/apply-patch+yaml');
  }
}

/** Where an object is, as the API server's own discovery says. A kind whose CRD came a moment ago may take another. */
function pathOf(api: Api, { apiVersion = '', kind, metadata }: AnyObject, signal: AbortSignal): Promise<string> {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return waitFor(
    async () => {
      const { resources }: { readonly resources: readonly { name: string; kind: string; namespaced: boolean }[] } =
        JSON.parse(await api.send('GET', root));
      const resource = resources.find((each) => each.kind === kind && !each.name.includes('/'));
      if (resource === undefined) return undefined;
      const place = resource.namespaced ? `/namespaces/${metadata.namespace ?? NAMESPACE}` : '';
      return `${root}${place}/${resource.name}/${metadata.name}`;
    },
    { what: `${apiVersion} ${kind} to be served`, signal },
  );
}
