import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { after } from 'node:test';
import { parse } from 'yaml';
import { servingSecrets, validatingWebhookConfigurations } from '../../src/runtime/certificates/serving-resources.ts';
import { electionResources } from '../../tools/operator-rights.ts';
import { rulesFor } from '../../tools/rbac.ts';
import type { TestControlPlane } from './control-plane.ts';
import { startOperator, type TestOperator, type TestOperatorOptions } from './operator.ts';
import { createNamespaceStage, type NamespaceStage } from './operator-stage.ts';
import { until } from './until.ts';

/** An operator whose webhook the API server calls. */
export interface WebhookStage extends NamespaceStage {
  readonly operator: TestOperator;
  readonly port: number;
  readonly configurationName: string;
  /** Starts it again, or another one beside it, on a port of its own. */
  start(options?: Partial<TestOperatorOptions>): Promise<TestOperator>;
  /** What the API server says to an MCPServer, with its warnings. Stores nothing. */
  ask(object: object, method?: 'POST' | 'PUT'): Promise<Asked>;
}

/** An answer of the API server. */
export interface Asked {
  readonly status: number;
  readonly message: string;
  readonly causes: readonly { readonly field?: string; readonly message?: string }[];
  readonly warnings: readonly string[];
}

const configurations = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';

/**
 * A namespace, its operator with exactly the generated rights, and the webhook as it is installed: `config/webhook`, with
 * a URL in the place of the Service, which a control plane without nodes cannot reach.
 *
 * @param change of the one webhook in the configuration
 */
export async function createWebhookStage(
  plane: TestControlPlane,
  options: Partial<TestOperatorOptions> = {},
  change: object = {},
): Promise<WebhookStage> {
  const stage = await createNamespaceStage(plane);
  const configurationName = `smooth-operator-${randomBytes(4).toString('hex')}`;
  const port = await freePort();
  const installed: { webhooks: object[] } = parse(
    await readFile(new URL('../../config/webhook/manifests.yaml', import.meta.url), 'utf8'),
  );
  const [webhook] = installed.webhooks;
  await plane.send('POST', configurations, {
    metadata: { name: configurationName },
    webhooks: [
      {
        ...webhook,
        clientConfig: { url: `https://127.0.0.1:${port}/` },
        failurePolicy: 'Fail',
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': stage.namespace } },
        ...change,
      },
    ],
  });
  after(() => plane.request('DELETE', `${configurations}/${configurationName}`));

  const secretName = 'webhook-cert';
  const start = (more: Partial<TestOperatorOptions> = {}) =>
    startOperator(plane, {
      namespaces: [stage.namespace],
      clusterRules: rulesFor([validatingWebhookConfigurations(configurationName)]),
      ...options,
      ...more,
      rules: (generated) => {
        const all = [...generated, ...rulesFor([servingSecrets(secretName), ...electionResources])];
        return (more.rules ?? options.rules)?.(all) ?? all;
      },
      flags: {
        webhookBindAddress: { host: '127.0.0.1', port },
        webhookSecretName: secretName,
        webhookConfigurationName: configurationName,
        leaderElectionNamespace: stage.namespace,
        ...options.flags,
        ...more.flags,
      },
    });
  const operator = await start();

  async function ask(object: object, method: 'POST' | 'PUT' = 'POST'): Promise<Asked> {
    const { name } = (object as { metadata: { name: string } }).metadata;
    const path = `/apis/mcp.mcp.dev/v1alpha1/namespaces/${stage.namespace}/mcpservers${method === 'PUT' ? `/${name}` : ''}`;
    const { status, body, warnings } = await plane.request(method, `${path}?dryRun=All`, object);
    const { message = '', details } = body as { message?: string; details?: { causes?: Asked['causes'] } };
    return { status, message: status < 300 ? '' : message, causes: details?.causes ?? [], warnings };
  }

  const probe = {
    apiVersion: 'mcp.mcp.dev/v1alpha1',
    kind: 'MCPServer',
    metadata: { name: 'probe' },
    spec: { image: 'a' },
  };
  await until(async () => (await ask(probe)).warnings.length > 0, { what: 'the webhook to answer' });
  return { ...stage, operator, port, configurationName, start, ask };
}

/** A port that nobody listens on at this moment: the configuration has to name it before the operator starts. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
