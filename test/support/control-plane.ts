import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { parse } from 'yaml';
import { resolveBinaries } from '../../cluster/binaries/resolve.ts';
import type { ComponentName } from '../../cluster/control-plane/settings.ts';
import { startControlPlane } from '../../cluster/control-plane.ts';
import { readKubeconfig, writeKubeconfig } from '../../cluster/kubeconfig.ts';
import { runOrThrow } from '../../cluster/process/run.ts';
import { type KubeAnswer, type KubeApiOptions, kubeRequest } from './kube-api.ts';
import { until } from './until.ts';

/** One rule of a Role, as RBAC has it. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

/** Somebody with exactly the rights that a test gave. */
export interface TestUser {
  /** The ServiceAccount's name. */
  readonly name: string;
  readonly token: string;
  /** The path of a kubeconfig with the token. */
  readonly kubeconfig: string;
}

/** A real API server, and what tests do with it as its administrator. */
export interface TestControlPlane {
  /** The administrator's kubeconfig, a path. */
  readonly kubeconfig: string;
  readonly url: string;
  /** PEM. */
  readonly ca: string;
  /** One request; any status is an answer. See `kubeRequest`. */
  request(method: string, path: string, body?: unknown, contentType?: string): Promise<KubeAnswer>;
  /** One request that must succeed; returns the body. */
  send<T = unknown>(method: string, path: string, body?: unknown, contentType?: string): Promise<T>;
  /** Runs kubectl as the administrator and returns what it printed. */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /** A new namespace of a name that nobody else has. */
  createNamespace(labels?: Readonly<Record<string, string>>): Promise<string>;
  /** A new ServiceAccount with these rights, in its namespace and everywhere; returns when they hold. */
  createUser(
    namespace: string,
    rules: { readonly rules?: readonly PolicyRule[]; readonly clusterRules?: readonly PolicyRule[] },
  ): Promise<TestUser>;
  /** Applies a CRD, given as an object or as YAML, and returns when it is Established. */
  installCrd(crd: string | object): Promise<void>;
}

/**
 * The control plane for the tests of a file: the one that the test runner started (`SMOOTH_TEST_KUBECONFIG`), else one
 * of its own, which is stopped after the file's tests. Call it at the top of the file, outside any test.
 *
 * @param components what an own one consists of. Default: what the test runner's has: no scheduler, so that no pod is said to fit on no node
 * @param options `own`: one of its own in any case, for tests of a cluster without something; `kubeconfig`: one that the
 *   test itself has started, and ends
 */
export async function useControlPlane(
  components: readonly ComponentName[] = ['etcd', 'kube-apiserver', 'kube-controller-manager'],
  { own: alone = false, kubeconfig }: { readonly own?: boolean; readonly kubeconfig?: string } = {},
): Promise<TestControlPlane> {
  const files = await mkdtemp(join(tmpdir(), 'smooth-users-'));
  after(() => rm(files, { recursive: true, force: true }));
  const given = kubeconfig ?? process.env.SMOOTH_TEST_KUBECONFIG;
  if (given && !alone) {
    const binaries = await resolveBinaries({ needed: ['kubectl'] });
    return administer({ kubeconfig: given, kubectl: binaries.path('kubectl'), files });
  }
  const own = await startControlPlane({ components });
  after(() => own.stop());
  return administer({ kubeconfig: own.kubeconfig, kubectl: own.kubectl, files });
}

/**
 * What tests do with a control plane, without the hooks of node:test: for programs that measure.
 *
 * @param given its administrator's kubeconfig, a kubectl, and a directory for the kubeconfigs of users; `agent` keeps
 *   connections, for programs that ask often
 */
export async function administer(given: {
  readonly kubeconfig: string;
  readonly kubectl: string;
  readonly files: string;
  readonly agent?: Agent;
}): Promise<TestControlPlane> {
  const { server: url, ca, credentials } = readKubeconfig(await readFile(given.kubeconfig, 'utf8'));
  const { agent } = given;
  const api: KubeApiOptions = { url, ca, credentials, ...(agent === undefined ? {} : { agent }) };
  const request: TestControlPlane['request'] = (...args) => kubeRequest(api, ...args);

  async function send<T>(...args: Parameters<TestControlPlane['request']>): Promise<T> {
    const { status, body } = await request(...args);
    if (status >= 200 && status < 300) return body as T;
    throw new Error(`${args[0]} ${args[1]} answered ${status}: ${JSON.stringify(body)}`);
  }

  return {
    kubeconfig: given.kubeconfig,
    url,
    ca,
    request,
    send,
    kubectl: (args, input) => runOrThrow(given.kubectl, ['--kubeconfig', given.kubeconfig, ...args], { input }),

    async createNamespace(labels = {}) {
      const name = uniqueName('test');
      await send('POST', '/api/v1/namespaces', { metadata: { name, labels } });
      return name;
    },

    async createUser(namespace, { rules = [], clusterRules = [] }) {
      const name = uniqueName('user');
      const account = `/api/v1/namespaces/${namespace}/serviceaccounts`;
      await send('POST', account, { metadata: { name } });
      const rbac = '/apis/rbac.authorization.k8s.io/v1';
      const subjects = [{ kind: 'ServiceAccount', name, namespace }];
      const roleRef = (kind: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name });
      const own = `${rbac}/namespaces/${namespace}`;
      await send('POST', `${own}/roles`, { metadata: { name }, rules });
      await send('POST', `${own}/rolebindings`, { metadata: { name }, roleRef: roleRef('Role'), subjects });
      await send('POST', `${rbac}/clusterroles`, { metadata: { name }, rules: clusterRules });
      await send('POST', `${rbac}/clusterrolebindings`, {
        metadata: { name },
        roleRef: roleRef('ClusterRole'),
        subjects,
      });
      const answer = await send<{ status: { token: string } }>('POST', `${account}/${name}/token`, { spec: {} });
      const { token } = answer.status;
      const user = { url, ca, credentials: { token } };
      await until(() => holds(user, namespace, [...rules, ...clusterRules]), { what: `the rights of ${name} to hold` });
      const kubeconfig = join(given.files, `${name}.kubeconfig`);
      await writeKubeconfig(kubeconfig, { server: url, ca, user: name, credentials: { token }, namespace });
      return { name, token, kubeconfig };
    },

    async installCrd(crd) {
      const object: { metadata: { name: string } } = typeof crd === 'string' ? parse(crd) : crd;
      const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${object.metadata.name}`;
      await send('PATCH', `${path}?fieldManager=test&force=true`, object, 'application/apply-patch+yaml');
      await until(async () => isEstablished(await send(`GET`, path)), {
        what: `the CRD ${object.metadata.name} to be Established`,
      });
    },
  };
}

/** RBAC is read from a cache of the API server's own, a moment after it was written. */
async function holds(user: KubeApiOptions, namespace: string, rules: readonly PolicyRule[]): Promise<boolean> {
  for (const rule of rules) {
    const [resource] = rule.resources ?? [];
    if (resource === undefined) continue;
    const [plural, subresource] = resource.split('/');
    const resourceAttributes = {
      namespace,
      verb: rule.verbs[0],
      group: rule.apiGroups?.[0] ?? '',
      resource: plural,
      subresource,
      name: rule.resourceNames?.[0],
    };
    const review = { spec: { resourceAttributes } };
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
    const { body } = await kubeRequest(user, 'POST', path, review);
    if (!(body as { status?: { allowed?: boolean } }).status?.allowed) return false;
  }
  return true;
}

function isEstablished(crd: unknown): boolean {
  const { status } = crd as { status?: { conditions?: readonly { type: string; status: string }[] } };
  return status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') ?? false;
}

function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(5).toString('hex')}`;
}
