import { randomBytes } from 'node:crypto';
import { electionResources, watchedResources } from '../../../tools/operator-rights.ts';
import { roleFor } from '../../../tools/rbac.ts';
import { kubeRequest } from '../../support/kube-api.ts';
import { until } from '../../support/until.ts';
import type { Plane } from './plane.ts';

/** A namespace, and somebody with exactly the generated rights in it. */
export interface Home {
  readonly namespace: string;
  readonly token: string;
  /** Makes the namespace and the rights again, after the namespace was deleted. */
  restore(): Promise<void>;
}

/** Where the operators' accounts are: a namespace that no workload deletes, as an operator has its own. */
const ACCOUNTS = 'smooth-fault-accounts';

const rbac = '/apis/rbac.authorization.k8s.io/v1';

/**
 * A new namespace with the operator's rights in it.
 *
 * @param label begins its name, for people: the workload's
 */
export async function createHome(plane: Plane, label: string): Promise<Home> {
  const namespace = `${label}-${randomBytes(4).toString('hex')}`;
  await Promise.all([createNamespace(plane, namespace), createNamespace(plane, ACCOUNTS)]);
  const accounts = `/api/v1/namespaces/${ACCOUNTS}/serviceaccounts`;
  const [answer] = await Promise.all([
    plane
      .send('POST', accounts, { metadata: { name: namespace } })
      .then(() => plane.send<TokenAnswer>('POST', `${accounts}/${namespace}/token`, { spec: {} })),
    grant(plane, namespace),
  ]);
  const { token } = answer.status;
  await untilGranted(plane, namespace, token);
  return {
    namespace,
    token,
    async restore() {
      await createNamespace(plane, namespace);
      await grant(plane, namespace);
      await untilGranted(plane, namespace, token);
    },
  };
}

interface TokenAnswer {
  readonly status: { readonly token: string };
}

/** Pods can be made once there is the account that the controller-manager gives each namespace. */
async function createNamespace(plane: Plane, name: string): Promise<void> {
  const { status, body } = await plane.request('POST', '/api/v1/namespaces', { metadata: { name } });
  if (status !== 201 && status !== 409) throw new Error(`namespace ${name}: ${JSON.stringify(body)}`);
  const account = `/api/v1/namespaces/${name}/serviceaccounts/default`;
  await until(async () => (await plane.request('GET', account)).status === 200, {
    what: `the default account of ${name}`,
    deadlineMs: 120_000,
  });
}

async function grant(plane: Plane, namespace: string): Promise<void> {
  const name = 'operator';
  const { rules } = roleFor(name, namespace, [...watchedResources, ...electionResources]);
  const own = `${rbac}/namespaces/${namespace}`;
  await plane.send('POST', `${own}/roles`, { metadata: { name }, rules });
  await plane.send('POST', `${own}/rolebindings`, {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name: namespace, namespace: ACCOUNTS }],
  });
}

/** RBAC is read from a cache of the API server's own, a moment after it was written. One right stands for the Role. */
function untilGranted(plane: Plane, namespace: string, token: string): Promise<unknown> {
  const user = { url: plane.url, ca: plane.ca, credentials: { token } };
  const path = `/apis/mcp.mcp.dev/v1alpha1/namespaces/${namespace}/mcpservers?limit=1`;
  return until(async () => (await kubeRequest(user, 'GET', path)).status === 200, {
    what: `the operator's rights in ${namespace}`,
    deadlineMs: 120_000,
  });
}
