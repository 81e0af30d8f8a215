import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { request } from 'node:https';
import { describe, test } from 'node:test';
import { servingNames } from '../../../src/serving-names.ts';
import { metricsAuthResources } from '../../../tools/operator-rights.ts';
import { metricsReaderRole, rulesFor, userRoles } from '../../../tools/rbac.ts';
import { completeSpec } from '../../support/complete-spec.ts';
import { useControlPlane } from '../../support/control-plane.ts';
import { kubeRequest } from '../../support/kube-api.ts';
import { conditionOf, installMCPServerCrd } from '../../support/operator.ts';
import { startPlainMcpServer } from '../../support/plain-mcp-server.ts';
import { reportServingPod } from '../../support/serving-pods.ts';
import { until } from '../../support/until.ts';
import { createVerifyStage } from '../../support/verify-stage.ts';
import { createWebhookStage } from '../../support/webhook-operator.ts';

/**
 * What a tenant tries who may edit one namespace, and what somebody tries who reaches the operator's ports. The tenant
 * has the rights of `edit` on MCPServers and on the workloads of the namespace, and none elsewhere. docs/security.md
 * has each of these threats, with the test that is here.
 */

const plane = await useControlPlane();
await installMCPServerCrd(plane);
const operatorFlags = { metricsBindAddress: { host: '127.0.0.1', port: 0 }, metricsSecure: true } as const;
const stage = await createVerifyStage(plane);
const { namespace, servers, operator, kubectl, serve } = stage;
const victim = await plane.createNamespace();
const edit = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];
const tenant = await plane.createUser(namespace, {
  rules: [
    ...(userRoles().editor.rules as { apiGroups: string[]; resources: string[]; verbs: string[] }[]),
    { apiGroups: [''], resources: ['pods', 'services', 'secrets'], verbs: edit },
    { apiGroups: ['apps'], resources: ['deployments'], verbs: edit },
  ],
});
const asTenant = (method: string, path: string, body?: unknown, contentType?: string) =>
  kubeRequest({ url: plane.url, ca: plane.ca, credentials: { token: tenant.token } }, method, path, body, contentType);

const collection = `/apis/mcp.mcp.dev/v1alpha1/namespaces/${namespace}/mcpservers`;
const create = (name: string, spec: object) =>
  asTenant('POST', `${collection}?fieldValidation=Strict`, {
    apiVersion: 'mcp.mcp.dev/v1alpha1',
    kind: 'MCPServer',
    metadata: { name },
    spec: { image: 'example.com/weather:1.0', verify: { disabled: true }, ...spec },
  });
const messageOf = (body: unknown) => (body as { message?: string }).message ?? '';
/** The pod template that came of a server, as text. */
const templateOf = async (name: string) =>
  JSON.stringify(
    (
      await plane.send<{ spec: { template: object } }>(
        'GET',
        `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`,
      )
    ).spec.template,
  );
const accepted = (name: string) =>
  servers.untilStatus(name, 'accepted', (now) => conditionOf(now, 'Accepted')?.status === 'True');

describe('through the spec', () => {
  for (const secretName of [`${victim}/keys`, `../${victim}/keys`, `keys.${victim}.svc/`, 'KEYS', '*']) {
    test(`a Secret of another namespace cannot be named: ${secretName.replace(victim, 'victim')}`, async () => {
      const { status, body } = await create('thief', { secretName });
      assert.equal(status, 422, messageOf(body));
      assert.match(messageOf(body), /spec\.secretName/);
    });
  }

  test('one of the same name is looked for at home, and only there', async () => {
    await plane.send('POST', `/api/v1/namespaces/${victim}/secrets`, {
      metadata: { name: 'keys' },
      stringData: { a: 'b' },
    });
    await create('homebound', { secretName: 'keys' });
    const { status } = await servers.untilStatus(
      'homebound',
      'a missing Secret',
      (now) => conditionOf(now, 'Accepted')?.reason === 'SecretNotFound',
    );
    assert.equal(status?.phase, 'Failed');
  });

  const hostile: Readonly<Record<string, object>> = {
    'a volume of the host': {
      volumes: [{ name: 'h', hostPath: { path: '/' } }],
      volumeMounts: [{ name: 'h', mountPath: '/h' }],
    },
    'the network of the host': { hostNetwork: true },
    'the processes of the host': { hostPID: true },
    privileges: { securityContext: { privileged: true } },
    'a pod template': { podTemplate: { spec: { hostNetwork: true } } },
    'a namespace': { namespace: 'kube-system' },
  };
  for (const [what, spec] of Object.entries(hostile)) {
    test(`${what} cannot be asked for`, async () => {
      const { status, body } = await create('mounter', spec);
      assert.equal(status, 400, messageOf(body));
      assert.match(messageOf(body), /unknown field/);
    });
  }

  test('not even past the validation: unknown fields are dropped, and pods are hardened', async () => {
    const path = `${collection}?fieldValidation=Ignore`;
    const spec = {
      image: 'example.com/weather:1.0',
      verify: { disabled: true },
      hostNetwork: true,
      securityContext: { privileged: true },
    };
    const { status } = await asTenant('POST', path, {
      apiVersion: 'mcp.mcp.dev/v1alpha1',
      kind: 'MCPServer',
      metadata: { name: 'hard' },
      spec,
    });
    assert.equal(status, 201);
    await accepted('hard');
    const template = await templateOf('hard');
    assert.doesNotMatch(template, /hostNetwork|hostPath|"privileged"/);
    assert.match(template, /"allowPrivilegeEscalation":false/);
    assert.match(template, /"drop":\["ALL"\]/);
    assert.match(template, /"automountServiceAccountToken":false/);
  });

  test('the operator’s service account is not there to be used: accounts are of the pod’s own namespace', async () => {
    await create('impostor', { serviceAccountName: 'smooth-operator-controller-manager' });
    const server = await servers.untilStatus('impostor', 'no pods', (now) =>
      /serviceaccount "smooth-operator-controller-manager" not found/.test(
        conditionOf(now, 'Available')?.message ?? '',
      ),
    );
    assert.equal(server.status?.availableReplicas ?? 0, 0);
    const { status } = await create('escaped', { serviceAccountName: 'system:serviceaccount:kube-system:default' });
    assert.equal(status, 422);
  });

  test('the path of the probe is a path, whatever is in it', async () => {
    const elsewhere = await startPlainMcpServer();
    const here = await startPlainMcpServer();
    const host = `127.0.0.1:${elsewhere.port}`;
    const paths = [`/@${host}/mcp`, `//${host}/mcp`, `/\\${host}/mcp`, `/../..//${host}/`, `/mcp#@${host}`];
    for (const [index, path] of paths.entries()) {
      await serve(`path-${index}`, { port: here.port, path, health: { type: 'TCP' } });
    }
    await until(() => here.calls.length >= paths.length, { what: 'a probe of each' });
    assert.deepEqual(elsewhere.calls, []);
    assert.equal((await create('absolute', { path: `http://${host}/mcp` })).status, 422);
  });
});

describe('through names', () => {
  test('another team’s Deployment or Service is left untouched, and named', async () => {
    await kubectl('create', 'deployment', 'billing', '--image=example.com/billing:1.0');
    await kubectl('create', 'service', 'clusterip', 'ledger', '--tcp=80');
    const before = await Promise.all([
      kubectl('get', 'deployment', 'billing', '-o', 'jsonpath={.spec}'),
      kubectl('get', 'service', 'ledger', '-o', 'json'),
    ]);
    for (const [name, kind] of [
      ['billing', 'Deployment'],
      ['ledger', 'Service'],
    ] as const) {
      await create(name, {});
      const server = await servers.untilStatus(
        name,
        'foreign',
        (now) => conditionOf(now, 'Accepted')?.reason === 'ForeignObject',
      );
      assert.match(
        conditionOf(server, 'Accepted')?.message ?? '',
        new RegExp(`A ${kind} named ${name} already exists`),
      );
      await servers.remove(name);
    }
    const after = await Promise.all([
      kubectl('get', 'deployment', 'billing', '-o', 'jsonpath={.spec}'),
      kubectl('get', 'service', 'ledger', '-o', 'json'),
    ]);
    assert.deepEqual(after, before);
  });
});

describe('through what the operator dials', () => {
  test('a pod labelled by hand is not spoken to: it would be shown the server’s token', async () => {
    const trap = await startPlainMcpServer();
    const real = await startPlainMcpServer();
    await serve('bait', { port: real.port, health: { type: 'TCP' } });
    const [own] = await stage.pods('bait');
    const template = own?.name.split('-').at(-2) ?? '';
    const container = {
      name: 'mcp-server',
      image: 'example.com/trap:1',
      ports: [{ name: 'http', containerPort: trap.port }],
    };
    const { status, body } = await asTenant('POST', `/api/v1/namespaces/${namespace}/pods`, {
      metadata: {
        name: 'trap',
        labels: { 'mcp.mcp.dev/server': 'bait' },
        ownerReferences: [
          {
            apiVersion: 'apps/v1',
            kind: 'ReplicaSet',
            name: `bait-${template}`,
            uid: '00000000-0000-0000-0000-000000000000',
            controller: true,
          },
        ],
      },
      spec: { containers: [container] },
    });
    assert.equal(status, 201, messageOf(body));
    await reportServingPod(plane, namespace, 'trap', '127.0.0.1').catch(() => 'collected already');
    const calls = real.calls.length;
    await until(() => real.calls.length > calls, { what: 'another probe of the real one' });
    assert.deepEqual(trap.calls, []);
  });

  test('the address of a pod is not the tenant’s to say', async () => {
    const [own] = await stage.pods('bait');
    const path = `/api/v1/namespaces/${namespace}/pods/${own?.name}/status`;
    const { status } = await asTenant('PATCH', path, { status: { podIP: '169.254.169.254' } });
    assert.equal(status, 403);
  });

  test('a redirect is not followed, nor a URL in a challenge', async () => {
    const elsewhere = await startPlainMcpServer();
    const redirecting = await startPlainMcpServer((call) => {
      call.send(307, '', { location: `http://127.0.0.1:${elsewhere.port}/mcp` });
      return true;
    });
    const walled = await startPlainMcpServer((call) => {
      call.send(401, '', { 'www-authenticate': `Bearer resource_metadata="http://127.0.0.1:${elsewhere.port}/meta"` });
      return true;
    });
    await serve('redirecting', { port: redirecting.port, health: { type: 'TCP' } });
    await serve('walled', { port: walled.port, health: { type: 'TCP' } });
    await stage.untilReason('redirecting', 'Verified', 'Redirected');
    await stage.untilReason('walled', 'Verified', 'AuthRequired');
    assert.deepEqual(elsewhere.calls, []);
  });
});

describe('through noise', () => {
  test('a server that says a great deal makes a small status', async () => {
    const long = 'x'.repeat(100_000);
    const tools = Array.from({ length: 3_000 }, (_, index) => ({
      name: `${index}-${'t'.repeat(1_000)}`,
      description: long.slice(0, 500),
      inputSchema: { type: 'object' },
    }));
    const loud = await startPlainMcpServer(
      (call) => {
        if (call.method !== 'initialize') return false;
        const serverInfo = { name: long, version: `${long}\n\u202e\u0000` };
        call.result({
          protocolVersion: '2025-11-25',
          serverInfo,
          instructions: long,
          capabilities: { tools: {}, [long]: {} },
        });
        return true;
      },
      { tools, stateful: false },
    );
    await serve('loud', { port: loud.port, health: { type: 'TCP' } });
    const server = await stage.untilServer(
      'loud',
      'a verdict',
      (now) => (conditionOf(now, 'Verified')?.status ?? 'Unknown') !== 'Unknown',
    );
    const bytes = Buffer.byteLength(JSON.stringify(server.status));
    assert.ok(bytes < 64_000, `${bytes} bytes of status`);
    assert.doesNotMatch(JSON.stringify(server.status), /\\u0000|\u202e/);
  });

  test('a spec that is changed again and again makes few events, and no more lines than there are changes and their ends', async () => {
    await create('flapping', {});
    await accepted('flapping');
    const before = operator.log.lines.filter(({ level }) => level !== 'debug').length;
    const rounds = 60;
    for (let round = 0; round < rounds; round++) {
      const secretName = round % 2 === 0 ? `missing-${round}` : null;
      await servers.change('flapping', { secretName });
    }
    const last = await servers.get('flapping');
    await servers.untilStatus(
      'flapping',
      'the last word',
      ({ status }) => status?.observedGeneration === last.metadata.generation,
    );
    const events = (
      await plane.send<{ items: { involvedObject: { name: string }; source: { component?: string } }[] }>(
        'GET',
        `/api/v1/namespaces/${namespace}/events?limit=1000`,
      )
    ).items;
    const told = events.filter(
      ({ involvedObject, source }) => involvedObject.name === 'flapping' && source.component === 'smooth-operator',
    );
    // client-go's bound for one object: 25 at once.
    assert.ok(told.length <= 25, `${told.length} events`);
    const lines = operator.log.lines.filter(({ level }) => level !== 'debug').length - before;
    // What a tenant writes is not made more of: a line tells of each object that was changed for it.
    assert.ok(lines <= 2 * rounds, `${lines} lines`);
  });
});

describe('through the webhook’s port', () => {
  test('a forged call is told nothing, wherever it goes and whatever it claims', async () => {
    const webhook = await createWebhookStage(plane);
    await webhook.kubectl('create', 'deployment', 'taken', '--image=example.com/other:1.0');
    const taken = {
      apiVersion: 'mcp.mcp.dev/v1alpha1',
      kind: 'MCPServer',
      metadata: { name: 'taken', namespace: webhook.namespace },
      spec: { ...completeSpec, image: 'a' },
    };
    const genuine = await webhook.ask({ ...taken, spec: { image: 'a' } });
    assert.equal(genuine.status, 409, genuine.message);

    const review = JSON.stringify({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      request: {
        uid: 'forged',
        operation: 'CREATE',
        namespace: webhook.namespace,
        userInfo: { username: 'system:apiserver', groups: ['system:masters'] },
        resource: { group: 'mcp.mcp.dev', version: 'v1alpha1', resource: 'mcpservers' },
        object: taken,
      },
    });
    await until(() => webhook.operator.requests.length > 0, { what: 'requests of the genuine call' });
    webhook.operator.forgetRequests();
    for (const path of [
      '/',
      '/validate-mcp-mcp-dev-v1alpha1-mcpserver',
      '/admit/',
      `/admit/${'0'.repeat(48)}`,
      '/admit/../admit/',
    ]) {
      const { status, body } = await post(webhook.port, path, review);
      assert.deepEqual([status, JSON.parse(body).response], [200, { uid: 'forged', allowed: true }], path);
    }
    // No dry run in anybody's name.
    assert.deepEqual(webhook.operator.writes(), []);
  });

  test('garbage and floods of bytes are turned away', async () => {
    const webhook = await createWebhookStage(plane);
    assert.equal((await post(webhook.port, '/', '{"a":')).status, 400);
    assert.equal((await post(webhook.port, '/', 'x'.repeat(9 * 2 ** 20)).catch(() => ({ status: 413 }))).status, 413);
    assert.equal(
      (
        await webhook.ask({
          apiVersion: 'mcp.mcp.dev/v1alpha1',
          kind: 'MCPServer',
          metadata: { name: 'a' },
          spec: { image: 'a:1' },
        })
      ).status,
      201,
    );
  });
});

describe('through the metrics’ port', () => {
  test('nothing without a token, with a wrong one, or with one that may not; all with one that may', async () => {
    const webhook = await createWebhookStage(plane, {
      flags: operatorFlags,
      clusterRules: [
        ...rulesFor(metricsAuthResources),
        {
          apiGroups: ['admissionregistration.k8s.io'],
          resources: ['validatingwebhookconfigurations'],
          verbs: ['get', 'watch', 'patch'],
        },
      ],
    });
    const scraper = await plane.createUser(webhook.namespace, {
      clusterRules: metricsReaderRole().rules as { nonResourceURLs: string[]; verbs: string[] }[],
    });
    const address = String(webhook.operator.log.line('metrics server started').fields.address);
    const port = Number(address.split(':').at(-1));
    const get = (token?: string) =>
      ask(port, 'GET', '/metrics', undefined, token === undefined ? {} : { authorization: `Bearer ${token}` });

    assert.equal((await get()).status, 401);
    assert.equal((await get('made-up')).status, 401);
    const refused = await get(tenant.token);
    assert.equal(refused.status, 403);
    assert.doesNotMatch(refused.body, /controller_runtime/);
    const page = await until(
      async () => {
        const answer = await get(scraper.token);
        return answer.status === 200 && answer;
      },
      { what: 'the right to hold', intervalMs: 1_000 },
    );
    assert.match(page.body, /controller_runtime_reconcile_total/);
    assert.match(page.body, /certificate_expiry_timestamp_seconds\{use="metrics"\}/);
    await assert.rejects(fetch(`http://127.0.0.1:${port}/metrics`), 'not in the clear');
    const { data } = await plane.send<{ data: Record<string, string> }>(
      'GET',
      `/api/v1/namespaces/${webhook.namespace}/secrets/webhook-cert`,
    );
    const certificate = new X509Certificate(Buffer.from(data['tls.crt'] ?? '', 'base64'));
    for (const service of [servingNames.service, servingNames.metricsService]) {
      assert.ok(certificate.checkHost(`${service}.${webhook.namespace}.svc`), `the certificate is for ${service}`);
    }
  });
});

const post = (port: number, path: string, body: string) => ask(port, 'POST', path, body);

/** One request of somebody who does not care whose certificate it is. */
function ask(
  port: number,
  method: string,
  path: string,
  body?: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, method, path, headers, rejectUnauthorized: false, agent: false });
    call.on('error', reject);
    call.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    call.end(body);
  });
}
