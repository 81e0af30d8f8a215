import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { parseCertificate } from '../../src/runtime/certificates/certificate-look.ts';
import { setIn } from '../../src/runtime/certificates/certificate-set.ts';
import { announced, type TlsSource } from '../../src/runtime/certificates/tls-source.ts';
import { bundleOf } from '../../src/runtime/certificates/webhook-configuration.ts';
import { createHttpServer } from '../../src/runtime/http-server.ts';
import { createAdmissionStage } from '../support/admission-stage.ts';
import { useControlPlane } from '../support/control-plane.ts';
import { createRecordedLog } from '../support/recorded-log.ts';
import { until } from '../support/until.ts';

/**
 * The serving certificate's whole life, with a real API server that calls a webhook by it, `failurePolicy: Fail`: a
 * call that does not go through is a write that fails.
 */

const plane = await useControlPlane();

/** Serves with whatever is put in, so that the server can listen before there is a certificate. */
const source = announced<TlsSource | undefined>(undefined);
const relay = announced<object>({});
let calls = 0;
const server = createHttpServer({
  name: 'webhook server',
  address: { host: '127.0.0.1', port: 0 },
  flag: 'test',
  log: createRecordedLog(),
  postBytes: 2 ** 20,
  tls: { certificate: { current: () => source.get()?.current(), onChange: relay.onChange } },
  handler({ body }) {
    calls += 1;
    const { uid } = JSON.parse(body).request;
    const response = { uid, allowed: true };
    const review = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response };
    return { status: 200, contentType: 'application/json', body: JSON.stringify(review) };
  },
});
await server.start(new AbortController().signal);
after(() => server.stop?.({ clean: true }));

const rule = { apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] };
const stage = await createAdmissionStage(plane, () => server.port(), rule);
const certificate = await stage.reader();
source.set(certificate);
certificate.onChange(() => relay.set({}));
const standby = await stage.reader();
const keeper = await stage.keeper(certificate);

const configMaps = `/api/v1/namespaces/${stage.namespace}/configmaps`;
const secretPath = `/api/v1/namespaces/${stage.namespace}/secrets/${stage.secretName}`;

/** One write that the webhook has to admit. */
async function write(): Promise<string> {
  const { status, body } = await plane.request('POST', `${configMaps}?dryRun=All`, {
    metadata: { generateName: 'c-' },
  });
  return status === 201 ? 'admitted' : JSON.stringify(body);
}

const served = () => certificate.current()?.certificate;

/** Writes without a pause, by several at once, while something happens. @returns every answer that was not "admitted" */
async function underLoad(
  happening: () => Promise<unknown>,
): Promise<{ readonly failed: string[]; readonly writes: number }> {
  let going = true;
  let writes = 0;
  const failed: string[] = [];
  const writer = async () => {
    while (going) {
      const answer = await write();
      writes += 1;
      if (answer !== 'admitted') failed.push(answer);
    }
  };
  const writers = Array.from({ length: 4 }, writer);
  try {
    await happening();
  } finally {
    going = false;
    await Promise.all(writers);
  }
  return { failed, writes };
}

async function untilServed(what: string, holds: (current: string) => boolean): Promise<void> {
  await until(() => served() !== undefined && holds(served() ?? ''), { what, deadlineMs: 60_000 });
}

test('made from nothing: Secret, bundle, and a call that goes through', async () => {
  await untilServed('a certificate', () => true);
  await until(async () => (await write()) === 'admitted', { what: 'an admitted write' });
  assert.ok(calls > 0);
  const set = setIn(await stage.secret());
  const [webhook] = (await stage.configuration()).webhooks ?? [];
  assert.equal(webhook && bundleOf(webhook), set.authority.certificate);
  assert.equal(webhook?.clientConfig.url, `https://127.0.0.1:${server.port()}/admit/${set.callerToken}`);
});

test('only the fields that matter are owned, so whoever installed the configuration can upgrade it', async () => {
  const { metadata, webhooks } = await stage.configuration();
  const managed = Reflect.get(metadata, 'managedFields') as readonly { manager: string; fieldsV1: object }[];
  const ours = managed.find(({ manager }) => manager === 'smooth-operator');
  assert.deepEqual(ours?.fieldsV1, {
    'f:webhooks': {
      'k:{"name":"test.smooth-operator.example.com"}': {
        '.': {},
        'f:clientConfig': { 'f:caBundle': {}, 'f:url': {} },
        'f:name': {},
      },
    },
  });
  assert.equal(Reflect.get(webhooks?.[0] ?? {}, 'timeoutSeconds'), 10);
});

test('a standby reads the same certificate', async () => {
  await until(() => standby.current()?.certificate === served(), { what: 'the same certificate' });
});

const rotations: Readonly<Record<string, () => Promise<unknown>>> = {
  'the leaf is edited by hand': () => plane.send('PATCH', secretPath, { stringData: { 'tls.crt': 'oops' } }),
  'the authority loses its key': () => plane.send('PATCH', secretPath, { data: { 'ca.key': null } }),
  'the Secret is deleted': () => plane.send('DELETE', secretPath),
  'the Secret is emptied': () => plane.send('PATCH', secretPath, { data: null }),
};
for (const [what, happening] of Object.entries(rotations)) {
  test(`${what}: healed under load, and no call fails`, async (t) => {
    const before = served();
    const { failed, writes } = await underLoad(async () => {
      await happening();
      await untilServed('another certificate', (current) => current !== before);
    });
    t.diagnostic(`${writes} writes`);
    assert.deepEqual(failed, []);
    assert.ok(writes > 10, `only ${writes} writes`);
    const set = setIn(await stage.secret());
    assert.equal(set.leaf.certificate, served());
    assert.ok(parseCertificate(set.authority.certificate)?.ca);
  });
}

test('the bundle is edited by hand: put right', async () => {
  const { webhooks } = await stage.configuration();
  const path = `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${stage.configurationName}`;
  const [hook] = webhooks ?? [];
  const other = Buffer.from(served() ?? '').toString('base64');
  const clientConfig = { ...hook?.clientConfig, caBundle: other };
  await plane.send('PATCH', path, { webhooks: [{ ...hook, clientConfig }] });
  await until(
    async () => {
      const [now] = (await stage.configuration()).webhooks ?? [];
      return now?.clientConfig.caBundle === hook?.clientConfig.caBundle;
    },
    { what: 'the bundle to be put right' },
  );
  await until(async () => (await write()) === 'admitted', { what: 'an admitted write' });
});

test('a certificate that ends soon is renewed in time, again and again, and no call fails', async (t) => {
  await keeper.stop();
  // One is made about every seven seconds: after two thirds of ten.
  const quick = await stage.keeper(certificate, { leafMs: 10_000 });
  await plane.send('PATCH', secretPath, { data: { 'tls.key': null } });
  const seen = new Set<string>();
  const { failed, writes } = await underLoad(() =>
    until(() => seen.add(served() ?? '').size >= 4, { what: 'three renewals', deadlineMs: 90_000 }),
  );
  t.diagnostic(`${writes} writes`);
  assert.deepEqual(failed, []);
  await quick.stop();
});

test('expired while nobody kept it: a replica that starts has nothing to serve, until there is a keeper', async () => {
  await keeper.stop();
  const quick = await stage.keeper(certificate, { leafMs: 4_000 });
  const before = served();
  await plane.send('PATCH', secretPath, { data: { 'tls.key': null } });
  await untilServed('another certificate', (current) => current !== before);
  await quick.stop();
  const leaf = () => parseCertificate(served() ?? '');
  await until(() => (leaf()?.validToDate.getTime() ?? 0) < Date.now(), { what: 'it to expire' });
  const fresh = await stage.reader();
  await until(() => fresh.hasSynced(), { what: 'the reader to have read' });
  assert.equal(fresh.current(), undefined);
  assert.match(fresh.fault() ?? '', /there is no certificate in Secret .*\/serving-cert, which the leader writes/);
  await stage.keeper(certificate);
  await until(() => fresh.current() !== undefined, { what: 'a certificate' });
  assert.equal(fresh.fault(), undefined);
  await until(async () => (await write()) === 'admitted', { what: 'an admitted write' });
});

test('a webhook that is reached by its Service gets bundle and path alike', async () => {
  const other = await createAdmissionStage(plane, () => 1, rule);
  const path = `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${other.configurationName}`;
  const [hook] = (await other.configuration()).webhooks ?? [];
  const clientConfig = { service: { namespace: other.namespace, name: 'nobody' } };
  await plane.send('PATCH', path, { webhooks: [{ ...hook, clientConfig }] });
  const reader = await other.reader();
  await other.keeper(reader);
  await until(
    async () => {
      const [now] = (await other.configuration()).webhooks ?? [];
      assert.match(now?.clientConfig.service?.path ?? '', /^\/admit\/[a-z0-9]{48}$/);
      assert.deepEqual({ ...now?.clientConfig.service, path: '' }, { ...clientConfig.service, path: '', port: 443 });
      return now?.clientConfig.caBundle;
    },
    { what: 'bundle and path' },
  );
});

test('the Secret belongs to the configuration, goes with it, and comes back with another', async () => {
  const other = await createAdmissionStage(plane, () => 1, rule);
  const configurations = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
  const configuration = await other.configuration();
  const { metadata, ...rest } = configuration;
  const reader = await other.reader();
  const { log } = await other.keeper(reader);
  const owners = async () => (await other.secret()).metadata.ownerReferences?.map(({ kind, uid }) => `${kind} ${uid}`);
  const bundle = async () => (await other.configuration()).webhooks?.[0]?.clientConfig.caBundle;
  await until(bundle, { what: 'the bundle' });
  const { data } = await other.secret();
  assert.deepEqual(await owners(), [`ValidatingWebhookConfiguration ${metadata.uid}`]);

  const path = `/api/v1/namespaces/${other.namespace}/secrets/${other.secretName}`;
  await plane.send('PATCH', path, { metadata: { ownerReferences: null } });
  await until(async () => (await owners())?.length === 1, { what: 'the owner to be written again' });
  assert.deepEqual((await other.secret()).data, data, 'nothing else is changed by it');

  await plane.send('DELETE', `${configurations}/${other.configurationName}`);
  await until(() => reader.secret() === undefined, { what: 'the Secret to be collected', deadlineMs: 60_000 });
  await until(() => reader.goneSince() !== undefined, { what: 'the reader to know why' });
  await plane.send('POST', configurations, { ...rest, metadata: { name: metadata.name } });
  await until(bundle, { what: 'the bundle of the next configuration' });
  const { uid } = (await other.configuration()).metadata;
  assert.deepEqual(await owners(), [`ValidatingWebhookConfiguration ${uid}`]);
  const whys = log.lines
    .filter(({ message }) => message === 'wrote the serving certificate')
    .map(({ fields }) => fields.why);
  // One that was made while there was no configuration would have been given to the next in a write of its own.
  assert.deepEqual(whys, [
    'there is no Secret',
    'it is to go with the webhook configuration',
    ...whys.slice(2).map(() => 'there is no Secret'),
  ]);
});

test('a right that is missing is named, and nothing else stops', async () => {
  const other = await createAdmissionStage(plane, () => 1, rule);
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const name = (
    await plane.send<{ items: { metadata: { name: string } }[] }>('GET', `${rbac}/namespaces/${other.namespace}/roles`)
  ).items[0]?.metadata.name;
  const rules = [
    { apiGroups: [''], resources: ['secrets'], resourceNames: ['serving-cert'], verbs: ['list', 'watch'] },
  ];
  await plane.send('PATCH', `${rbac}/namespaces/${other.namespace}/roles/${name}`, { rules });
  const reader = await other.reader();
  const { log } = await other.keeper(reader);
  await until(() => log.at('warn').length > 0, { what: 'a warning' });
  assert.match(
    String(log.line('could not keep the serving certificate').fields.error),
    /cannot patch resource "secrets"/,
  );
  assert.match(reader.fault() ?? '', /there is no certificate/);
});
