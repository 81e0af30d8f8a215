import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, sign, verify, X509Certificate } from 'node:crypto';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { ensurePki, type PkiOptions } from './cluster-pki.ts';

const options: PkiOptions = {
  addresses: ['198.18.0.1', '198.19.0.1'],
  node: { name: 'one', address: '198.18.0.1' },
  nowMs: Date.UTC(2026, 5, 1),
};

const read = async (file: string) => new X509Certificate(await readFile(file, 'utf8'));

test('everybody has the name and the groups that the default RBAC rules bind', async (t) => {
  const pki = await ensurePki(join(await temporaryDirectory(t), 'pki'), options);
  const subjects = {
    admin: 'O=system:masters\nCN=kubernetes-admin',
    'kube-apiserver-kubelet-client': 'O=system:masters\nCN=kube-apiserver-kubelet-client',
    'kube-controller-manager': 'CN=system:kube-controller-manager',
    'kube-scheduler': 'CN=system:kube-scheduler',
    'kube-proxy': 'CN=system:kube-proxy',
    kubelet: 'O=system:nodes\nCN=system:node:one',
  } as const;
  for (const [name, subject] of Object.entries(subjects) as [keyof typeof subjects, string][]) {
    const certificate = await read(pki.certificate(name));
    assert.equal(certificate.subject, subject);
    assert.ok(certificate.checkIssued(new X509Certificate(pki.ca)), name);
    assert.ok(certificate.checkPrivateKey(createPrivateKey(await readFile(pki.key(name), 'utf8'))), name);
  }
});

test('the control plane answers to its addresses, to the names of its Service, and to no others', async (t) => {
  const pki = await ensurePki(join(await temporaryDirectory(t), 'pki'), options);
  const serving = await read(pki.certificate('serving'));
  for (const address of options.addresses) assert.equal(serving.checkIP(address), address);
  for (const name of ['localhost', 'kubernetes.default.svc']) assert.equal(serving.checkHost(name), name);
  assert.equal(serving.checkHost('example.com'), undefined);
  assert.equal(serving.checkIP('192.0.2.1'), undefined);
});

test('the kubelet answers to its address: the API server calls it for logs and exec', async (t) => {
  const pki = await ensurePki(join(await temporaryDirectory(t), 'pki'), options);
  assert.equal((await read(pki.certificate('kubelet'))).checkIP('198.18.0.1'), '198.18.0.1');
});

test('without a node there is no kubelet', async (t) => {
  const directory = join(await temporaryDirectory(t), 'pki');
  await ensurePki(directory, { ...options, node: undefined });
  assert.deepEqual(
    (await readdir(directory)).filter((file) => file.startsWith('kubelet')),
    [],
  );
});

test('the authority and the service account key stay; the others are new, and so never expired', async (t) => {
  const directory = join(await temporaryDirectory(t), 'pki');
  const first = await ensurePki(directory, options);
  const account = await readFile(first.serviceAccountKey, 'utf8');
  const admin = await read(first.certificate('admin'));
  const year = 366 * 86_400_000;
  const second = await ensurePki(directory, { ...options, nowMs: options.nowMs + year });
  assert.equal(second.ca, first.ca);
  assert.equal(await readFile(second.serviceAccountKey, 'utf8'), account);
  const renewed = await read(second.certificate('admin'));
  assert.notEqual(renewed.serialNumber, admin.serialNumber);
  assert.ok(admin.validToDate.getTime() < options.nowMs + year);
  assert.ok(renewed.validToDate.getTime() > options.nowMs + year);
});

test('what the service account key signs, its public half confirms', async (t) => {
  const pki = await ensurePki(join(await temporaryDirectory(t), 'pki'), options);
  const signature = sign(
    'sha256',
    Buffer.from('token'),
    createPrivateKey(await readFile(pki.serviceAccountKey, 'utf8')),
  );
  const key = createPublicKey(await readFile(pki.serviceAccountPublicKey, 'utf8'));
  assert.ok(verify('sha256', Buffer.from('token'), key, signature));
});

test('keys are for their owner only', async (t) => {
  const directory = join(await temporaryDirectory(t), 'pki');
  const pki = await ensurePki(directory, options);
  assert.equal((await stat(directory)).mode & 0o777, 0o700);
  for (const name of ['ca', 'admin', 'serving'] as const) {
    assert.equal((await stat(pki.key(name))).mode & 0o777, 0o600, name);
  }
});

test('an authority that was written half is made again', async (t) => {
  const directory = join(await temporaryDirectory(t), 'pki');
  const first = await ensurePki(directory, options);
  // Its certificate comes last, so this is what an interruption leaves.
  await rm(first.certificate('ca'));
  const second = await ensurePki(directory, options);
  assert.notEqual(second.ca, first.ca);
  assert.ok((await read(second.certificate('admin'))).verify(new X509Certificate(second.ca).publicKey));
});
