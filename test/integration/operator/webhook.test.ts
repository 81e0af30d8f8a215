import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createAuthority, issue, type KeyPair } from '../../../src/runtime/certificates/certificate.ts';
import type { WebhookConfiguration } from '../../../src/runtime/certificates/webhook-configuration.ts';
import { completeSpec } from '../../support/complete-spec.ts';
import { useControlPlane } from '../../support/control-plane.ts';
import { conditionOf, installMCPServerCrd, startOperator } from '../../support/operator.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { until } from '../../support/until.ts';
import { createWebhookStage, freePort } from '../../support/webhook-operator.ts';

/** Admission as users meet it: a real API server calls the operator, with `failurePolicy: Fail`. */

const plane = await useControlPlane();
await installMCPServerCrd(plane);
const stage = await createWebhookStage(plane);
const { servers, kubectl, ask, operator } = stage;

const sound = { image: 'example.com/weather:1.0', verify: { disabled: true } };
const manifest = (spec: object, name = 'weather', metadata: object = {}) => ({
  apiVersion: 'mcp.mcp.dev/v1alpha1',
  kind: 'MCPServer',
  metadata: { name, ...metadata },
  spec: { ...sound, ...spec },
});

/** Beyond what CEL checks: what may be overcommitted, only the API server knows. */
const gpuWithoutLimit = { requests: { 'example.com/gpu': '1' } };

test('a sound server passes without a word', async () => {
  assert.deepEqual(await ask(manifest({})), { status: 201, message: '', causes: [], warnings: [] });
});

describe('somebody else’s object in the way', () => {
  test('a Deployment is named, and the server refused', async () => {
    await kubectl('create', 'deployment', 'taken', '--image=example.com/other:1.0');
    const { status, message } = await ask(manifest({}, 'taken'));
    assert.equal(status, 409);
    assert.match(message, /A Deployment named taken already exists and was not created by this operator\. It is left/);
  });

  test('so is a Service', async () => {
    await kubectl('create', 'service', 'clusterip', 'served', '--tcp=80');
    const { status, message } = await ask(manifest({}, 'served'));
    assert.equal(status, 409);
    assert.match(message, /A Service named served already exists/);
  });
});

describe('a Deployment that the API server would refuse', () => {
  test('is refused in its words, with the fields of the MCPServer', async () => {
    const { status, message, causes } = await ask(manifest({ resources: gpuWithoutLimit }));
    assert.equal(status, 422);
    assert.match(message, /the API server would refuse the Deployment of this MCPServer: spec\.resources\.limits: /);
    assert.match(message, /Limit must be set for non overcommitable resources/);
    assert.deepEqual(
      causes.map(({ field }) => field),
      ['spec.resources.limits'],
    );
  });

  test('by a policy of the cluster: in the words of the policy', async () => {
    const name = `deny-${stage.namespace}`;
    const policies = '/apis/admissionregistration.k8s.io/v1';
    await plane.send('POST', `${policies}/validatingadmissionpolicies`, {
      metadata: { name },
      spec: {
        matchConstraints: {
          resourceRules: [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['*'], resources: ['deployments'] }],
        },
        validations: [
          {
            expression: '!object.spec.template.spec.containers.exists(c, c.image.startsWith("forbidden.example"))',
            message: 'images of forbidden.example are not for us',
          },
        ],
      },
    });
    await plane.send('POST', `${policies}/validatingadmissionpolicybindings`, {
      metadata: { name },
      spec: {
        policyName: name,
        validationActions: ['Deny'],
        matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': stage.namespace } } },
      },
    });
    try {
      const image = 'forbidden.example/weather:1';
      const { message } = await until(
        async () => {
          const asked = await ask(manifest({ image }));
          return asked.status === 422 && asked;
        },
        { what: 'the policy to hold' },
      );
      assert.match(message, /images of forbidden\.example are not for us/);

      // It was stored before the policy was there; what is changed now is not worse than it was.
      await plane.send('DELETE', `${policies}/validatingadmissionpolicybindings/${name}`);
      await until(async () => (await ask(manifest({ image }))).status === 201, { what: 'the policy to be gone' });
    } finally {
      await plane.request('DELETE', `${policies}/validatingadmissionpolicies/${name}`);
      await plane.request('DELETE', `${policies}/validatingadmissionpolicybindings/${name}`);
    }
  });

  test('on an update too', async () => {
    const stored = await servers.create('updated', {});
    await servers.untilStatus('updated', 'accepted', (now) => conditionOf(now, 'Accepted')?.status === 'True');
    const worse = { ...sound, resources: gpuWithoutLimit };
    const changed = { ...manifest({}, 'updated'), metadata: stored.metadata, spec: worse };
    const current = await servers.get('updated');
    const { resourceVersion } = current.metadata;
    const refused = await ask({ ...changed, metadata: { ...stored.metadata, resourceVersion } }, 'PUT');
    assert.equal(refused.status, 422, refused.message);
    assert.match(refused.message, /spec\.resources\.limits/);
  });
});

describe('warnings', () => {
  test('say what is missing, and what may change by itself', async () => {
    const { status, warnings } = await ask(
      manifest({ image: 'example.com/weather', secretName: 'absent', env: [{ name: 'API_KEY', value: 'swordfish' }] }),
    );
    assert.equal(status, 201);
    assert.equal(warnings.length, 3, warnings.join('\n'));
    assert.match(warnings.join('\n'), /spec\.image has no tag/);
    assert.match(warnings.join('\n'), /spec\.secretName: there is no Secret absent in this namespace/);
    assert.match(warnings.join('\n'), /spec\.env API_KEY looks like a credential/);
    assert.doesNotMatch(warnings.join('\n'), /swordfish/);
  });

  test('kubectl shows them', async () => {
    await kubectl('create', 'secret', 'generic', 'there');
    await until(async () => (await ask(manifest({ secretName: 'there' }))).warnings.length === 0, {
      what: 'the Secret to be known',
    });
  });

  test('a change of labels alone is not looked at', async () => {
    await servers.create('labelled', { image: 'example.com/weather:latest' });
    const { metadata, spec } = await servers.get('labelled');
    const { warnings } = await ask(
      { apiVersion: 'mcp.mcp.dev/v1alpha1', kind: 'MCPServer', metadata: { ...metadata, labels: { a: 'b' } }, spec },
      'PUT',
    );
    assert.deepEqual(warnings, []);
  });
});

test('asking leaves nothing behind', async () => {
  // What the tests before have made is still being worked on, now and then.
  await until(
    async () => {
      operator.forgetRequests();
      await ask(manifest({ image: 'example.com/weather:2.0' }, 'untouched'));
      // Two dry runs, one of each child.
      const writes = operator.writes().map(({ method, code }) => `${method} ${code}`);
      assert.deepEqual(writes, ['PATCH 201', 'PATCH 201']);
      return true;
    },
    { what: 'two dry runs and nothing else' },
  );
  const { items } = await plane.send<{ items: { metadata: { name: string } }[] }>(
    'GET',
    `/apis/apps/v1/namespaces/${stage.namespace}/deployments`,
  );
  assert.ok(!items.some(({ metadata }) => metadata.name === 'untouched'));
});

test('is measured as controller-runtime does, and by what was decided', async () => {
  const metrics = await operator.metrics();
  assert.match(
    metrics,
    /controller_runtime_webhook_requests_total\{webhook="\/validate-mcp-mcp-dev-v1alpha1-mcpserver",code="200"\} \d+/,
  );
  assert.match(metrics, /mcpserver_admission_total\{outcome="denied"\} [1-9]/);
  assert.match(metrics, /certificate_expiry_timestamp_seconds\{use="webhook"\} \d{10}/);
  assert.doesNotMatch(metrics, /admit\//);
});

test('is part of readiness', async () => {
  assert.equal((await operator.page('/readyz/webhook')).text, 'ok');
});

describe('with the operator down', () => {
  test('nothing can be written, by the policy of the configuration; everything can be deleted', async () => {
    await servers.create('doomed', {});
    await operator.stop();
    const refused = await plane.request(
      'POST',
      `/apis/mcp.mcp.dev/v1alpha1/namespaces/${stage.namespace}/mcpservers`,
      manifest({}, 'other'),
    );
    assert.equal(refused.status, 500);
    await servers.remove('doomed');
    await until(
      async () =>
        (await plane.request('GET', `/apis/mcp.mcp.dev/v1alpha1/namespaces/${stage.namespace}/mcpservers/doomed`))
          .status === 404,
      {
        what: 'it to be gone',
      },
    );
  });

  test('a finalizer of somebody else’s does not hold it either', async () => {
    const path = `/apis/mcp.mcp.dev/v1alpha1/namespaces/${stage.namespace}/mcpservers/labelled`;
    // With a finalizer, a deletion is an update, and so is its end: neither is asked about.
    await servers.remove('labelled');
    await until(async () => (await plane.request('GET', path)).status === 404, { what: 'it to be gone' });
  });

  test('it comes back, and answers with the certificate that it had', async () => {
    await stage.start();
    await until(async () => (await ask(manifest({ image: 'a' }))).warnings.length === 1, { what: 'an answer' });
  });
});

describe('two replicas', () => {
  test('the one that does not lead answers too: reads and dry runs need no lease', async () => {
    const pair = await createWebhookStage(plane, { flags: { leaderElect: true } });
    const port = await freePort();
    const standby = await pair.start({
      flags: { leaderElect: true, webhookBindAddress: { host: '127.0.0.1', port } },
      waitForCaches: false,
    });
    const [hook] =
      (
        await plane.send<WebhookConfiguration>(
          'GET',
          `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${pair.configurationName}`,
        )
      ).webhooks ?? [];
    const path = new URL(hook?.clientConfig.url ?? '').pathname;
    await pair.kubectl('create', 'deployment', 'taken', '--image=example.com/other:1.0');
    const object = {
      ...manifest(completeSpec, 'taken'),
      metadata: { name: 'taken', namespace: pair.namespace },
    };
    const answered = await until(
      async () => {
        const { allowed, status } = await review(port, path, object);
        return allowed === false && status;
      },
      { what: 'a verdict of the standby' },
    );
    assert.match(answered.message, /A Deployment named taken already exists/);
    assert.deepEqual([...new Set(standby.writes().map(({ method }) => method))], ['PATCH']);
    assert.match(await standby.metrics(), /leader_election_master_status\{name="[^"]+"\} 0/);
    await standby.stop();
  });
});

describe('with certificates of somebody else', () => {
  test('it serves what is in the directory, writes nothing, and takes only callers of the named authority', async (t) => {
    const directory = await temporaryDirectory(t);
    const authority = createAuthority('cert-manager', Date.now());
    const callers = createAuthority('api-servers', Date.now());
    const leaf = issue(authority, { commonName: 'webhook', addresses: ['127.0.0.1'] }, Date.now());
    const caller = issue(callers, { commonName: 'api-server' }, Date.now());
    await writeFile(join(directory, 'tls.crt'), leaf.certificate);
    await writeFile(join(directory, 'tls.key'), leaf.key);
    await writeFile(join(directory, 'client-ca.crt'), callers.certificate);
    const namespace = await plane.createNamespace();
    const port = await freePort();
    const alone = await startOperator(plane, {
      namespaces: [namespace],
      flags: {
        webhookBindAddress: { host: '127.0.0.1', port },
        webhookCertDir: directory,
        webhookClientCa: join(directory, 'client-ca.crt'),
        leaderElectionNamespace: namespace,
      },
    });
    assert.equal((await alone.page('/readyz/webhook')).text, 'ok');
    const object = { ...manifest({ ...completeSpec, image: 'a' }), metadata: { name: 'weather', namespace } };
    const path = '/validate-mcp-mcp-dev-v1alpha1-mcpserver';
    await assert.rejects(review(port, path, object), /certificate required|alert|reset|socket/i);
    const { allowed, warnings } = await review(port, path, object, { ca: authority.certificate, caller });
    assert.deepEqual([allowed, warnings?.length], [true, 1]);
    const secret = await plane.request(
      'GET',
      `/api/v1/namespaces/${namespace}/secrets/smooth-operator-webhook-server-cert`,
    );
    assert.equal(secret.status, 404);
    await alone.stop();
  });
});

interface Response {
  readonly allowed: boolean;
  readonly status?: { readonly message: string };
  readonly warnings?: readonly string[];
}

/** Asks a replica about a new server, straight, as the API server would. */
function review(
  port: number,
  path: string,
  object: { readonly metadata: object },
  tls: { readonly ca?: string; readonly caller?: KeyPair } = {},
): Promise<Response> {
  const { namespace = '' } = object.metadata as { namespace?: string };
  const resource = { group: 'mcp.mcp.dev', version: 'v1alpha1', resource: 'mcpservers' };
  const body = JSON.stringify({ request: { uid: 'u', operation: 'CREATE', namespace, resource, object } });
  const identity = tls.caller === undefined ? {} : { cert: tls.caller.certificate, key: tls.caller.key };
  const trust = tls.ca === undefined ? { rejectUnauthorized: false } : { ca: tls.ca };
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, path, method: 'POST', agent: false, ...trust, ...identity });
    call.on('error', reject);
    call.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', reject).on('end', () => resolve(JSON.parse(text).response));
    });
    call.end(body);
  });
}
