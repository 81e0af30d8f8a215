import { readFile } from 'node:fs/promises';
import { after } from 'node:test';
import { parse } from 'yaml';
import type { MCPServer } from '../../src/api/v1alpha1/mcp-server.ts';
import { createOperator } from '../../src/operator.ts';
import { type OperatorFlags, operatorFlags } from '../../src/operator-flags.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { connect } from '../../src/runtime/connect.ts';
import { createStartStop } from '../../src/runtime/start-stop.ts';
import { watchedResources } from '../../tools/operator-rights.ts';
import { roleFor } from '../../tools/rbac.ts';
import type { PolicyRule, TestControlPlane } from './control-plane.ts';
import { createRecordedLog, type RecordedLog } from './recorded-log.ts';
import { until } from './until.ts';

/** One request that the operator sent, as its client saw it. */
export interface SentRequest {
  readonly method: string;
  readonly code: string;
}

/** A running operator, in this process, on a real API server. */
export interface TestOperator {
  /** Everything that was sent since the last `forget`. */
  readonly requests: readonly SentRequest[];
  /** The requests that changed something or tried to. */
  writes(): readonly SentRequest[];
  forgetRequests(): void;
  /** How many were sent until the caches were synced. */
  readonly startRequests: number;
  /** The Prometheus text. */
  metrics(): Promise<string>;
  readonly log: RecordedLog;
  /** What `/readyz` and `/healthz` answer. */
  page(path: string): Promise<{ readonly status: number; readonly text: string }>;
  /** Gives it all the generated rights, when it was started with fewer. */
  grantAll(): Promise<void>;
  stop(): Promise<void>;
}

/** How the operator under test is run. */
export interface TestOperatorOptions {
  /**
   * The namespaces that it watches, and in which it gets the generated Role, and no other right at all. `all`: every
   * namespace, with the ClusterRole of `config/`; on a control plane that other test files share it would meddle.
   */
  readonly namespaces: readonly string[] | 'all';
  readonly flags?: Partial<OperatorFlags>;
  readonly resyncPeriodMs?: number;
  /** Changes the generated rules, to see what happens without one. Default: as generated. */
  readonly rules?: (rules: readonly PolicyRule[]) => readonly PolicyRule[];
  /** Rights in the whole cluster beside, such as those of `--webhook-bind-address`. Default: none. */
  readonly clusterRules?: readonly PolicyRule[];
  /** False: returns while it is still waiting for its caches. Default: true. */
  readonly waitForCaches?: boolean;
}

/** Installs the CRD as it is generated in `config/`. */
export async function installMCPServerCrd(plane: TestControlPlane): Promise<void> {
  const file = new URL('../../config/crd/bases/mcp.mcp.dev_mcpservers.yaml', import.meta.url);
  await plane.installCrd(await readFile(file, 'utf8'));
}

/**
 * Starts the operator with exactly its generated rights in exactly the namespaces that it watches. It is stopped after
 * the test file, if the test has not done so.
 *
 * @returns when its caches are synced
 */
export async function startOperator(plane: TestControlPlane, options: TestOperatorOptions): Promise<TestOperator> {
  const { rules = (all) => all, waitForCaches = true } = options;
  const namespaces = options.namespaces === 'all' ? [] : options.namespaces;
  const [home = 'default', ...others] = namespaces;
  const generated =
    options.namespaces === 'all' ? await generatedClusterRules() : roleFor('operator', home, watchedResources).rules;
  const given = rules(generated);
  const { clusterRules = [] } = options;
  const user = await plane.createUser(
    home,
    options.namespaces === 'all' ? { clusterRules: [...given, ...clusterRules] } : { rules: given, clusterRules },
  );
  for (const namespace of others) await bind(plane, namespace, given, { home, name: user.name });

  const log = createRecordedLog();
  const requests: SentRequest[] = [];
  const operator = createOperator({
    connection: await connect({ clock: systemClock, kubeconfig: user.kubeconfig, env: {} }),
    flags: { ...flagDefaults(), watchNamespaces: namespaces, ...options.flags },
    clock: systemClock,
    log,
    onFatal: (error) => log.error('fatal', { error }),
    onRequest: (method, code) => requests.push({ method, code }),
    ...(options.resyncPeriodMs === undefined ? {} : { resyncPeriodMs: options.resyncPeriodMs }),
  });
  const { components } = operator;
  const giveUp = new AbortController();
  const parts = createStartStop({ components, clock: systemClock, log, gracePeriodMs: 10_000, giveUp });
  let stopped: Promise<unknown> | undefined;
  const stop = async () => {
    stopped ??= parts.stop().finally(() => giveUp.abort());
    await stopped;
  };
  after(stop);
  const started = parts.start();
  if (waitForCaches) await started;
  // Stopped before its caches are synced: as it should be. Whatever else goes wrong shows in the log.
  else started.catch((error: unknown) => log.debug('start broken off', { error }));
  const startRequests = requests.splice(0).length;
  return {
    startRequests,
    requests,
    writes: () => requests.filter(({ method }) => method !== 'GET'),
    forgetRequests: () => void requests.splice(0),
    metrics: async () => (await operator.metrics.expose()).body,
    log,
    async page(path) {
      const answer = await fetch(`http://127.0.0.1:${portIn(log, 'health server started')}${path}`);
      return { status: answer.status, text: await answer.text() };
    },
    async grantAll() {
      const rbac = '/apis/rbac.authorization.k8s.io/v1';
      const roles = namespaces.map((namespace) => `${rbac}/namespaces/${namespace}/roles/${user.name}`);
      const paths = options.namespaces === 'all' ? [`${rbac}/clusterroles/${user.name}`] : roles;
      for (const path of paths) await plane.send('PATCH', path, { rules: generated });
    },
    stop,
  };
}

/** Takes every right on one resource away, whichever others the generator has put into the same rule. */
export function withoutResource(resource: string): NonNullable<TestOperatorOptions['rules']> {
  return (rules) =>
    rules
      .map((rule) => ({ ...rule, resources: (rule.resources ?? []).filter((each) => each !== resource) }))
      .filter(({ resources }) => resources.length > 0);
}

/** The rules as they are installed for an operator that watches everything. */
export async function generatedClusterRules(): Promise<readonly PolicyRule[]> {
  const file = new URL('../../config/rbac/role.yaml', import.meta.url);
  return (parse(await readFile(file, 'utf8')) as { readonly rules: readonly PolicyRule[] }).rules;
}

function portIn(log: RecordedLog, message: string): string {
  return /:(\d+)$/.exec(String(log.line(message).fields.address))?.[1] ?? '';
}

async function bind(
  plane: TestControlPlane,
  namespace: string,
  rules: readonly PolicyRule[],
  user: { readonly home: string; readonly name: string },
): Promise<void> {
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  const { name } = user;
  await plane.send('POST', `${rbac}/roles`, { metadata: { name }, rules });
  await plane.send('POST', `${rbac}/rolebindings`, {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace: user.home }],
  });
}

/** The flags' defaults, on ports that the system chooses: several operators run side by side. */
function flagDefaults(): OperatorFlags {
  const values = Object.entries(operatorFlags).map(([name, flag]) => [name, flag.default]);
  const healthProbeBindAddress = { host: '127.0.0.1', port: 0 };
  return { ...Object.fromEntries(values), metricsBindAddress: 'disabled', healthProbeBindAddress };
}

/** MCPServers of one namespace, as a user handles them. */
export function serversIn(plane: TestControlPlane, namespace: string) {
  const collection = `/apis/mcp.mcp.dev/v1alpha1/namespaces/${namespace}/mcpservers`;
  const merge = 'application/merge-patch+json';
  return {
    create: (name: string, spec: object = {}) =>
      plane.send<MCPServer>('POST', collection, {
        apiVersion: 'mcp.mcp.dev/v1alpha1',
        kind: 'MCPServer',
        metadata: { name },
        // Without verification, where it is not the subject: nothing listens where these tests' pods are said to be, so
        // no server would ever be Ready. The tests of verification set `verify` themselves.
        spec: { image: 'example.com/weather:1.0', verify: { disabled: true }, ...spec },
      }),
    change: (name: string, spec: object) => plane.send<MCPServer>('PATCH', `${collection}/${name}`, { spec }, merge),
    get: (name: string) => plane.send<MCPServer>('GET', `${collection}/${name}`),
    remove: (name: string) => plane.send('DELETE', `${collection}/${name}`),
    /** Waits until the status says something, and returns the server then. */
    untilStatus: (name: string, what: string, holds: (server: MCPServer) => boolean) =>
      until(
        async () => {
          const server = await plane.send<MCPServer>('GET', `${collection}/${name}`);
          if (!holds(server)) throw new Error(`the status is ${JSON.stringify(server.status)}`);
          return server;
        },
        { what: `${name}: ${what}` },
      ),
  };
}

/** One condition of a server. */
export function conditionOf(server: MCPServer, type: string) {
  return server.status?.conditions?.find((condition) => condition.type === type);
}
