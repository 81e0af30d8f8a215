import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { KubeConfig } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import {
  type KubeconfigOptions,
  kubeconfig,
  readKubeconfig,
  writeCertificateKubeconfig,
  writeKubeconfig,
} from './kubeconfig.ts';

const options: KubeconfigOptions = {
  server: 'https://198.18.0.1:6443',
  ca: 'the authority',
  user: 'admin',
  credentials: { certificate: 'the certificate', key: 'the key' },
};

const decoded = (text: string | undefined) => Buffer.from(text ?? '', 'base64').toString();

test('the official client reads it, and finds everything inside', () => {
  const loaded = new KubeConfig();
  loaded.loadFromString(kubeconfig(options));
  assert.equal(loaded.getCurrentCluster()?.server, options.server);
  assert.equal(decoded(loaded.getCurrentCluster()?.caData), 'the authority');
  assert.equal(loaded.getCurrentUser()?.name, 'admin');
  assert.equal(decoded(loaded.getCurrentUser()?.certData), 'the certificate');
  assert.equal(decoded(loaded.getCurrentUser()?.keyData), 'the key');
});

test('a token is a token, and nothing else is said of the user', () => {
  const config = parse(kubeconfig({ ...options, credentials: { token: 'ey.J.x' } }));
  assert.deepEqual(config.users, [{ name: 'admin', user: { token: 'ey.J.x' } }]);
});

test('a namespace is named when there is one', () => {
  assert.equal(parse(kubeconfig({ ...options, namespace: 'mine' })).contexts[0].context.namespace, 'mine');
  assert.equal('namespace' in parse(kubeconfig(options)).contexts[0].context, false);
});

test('what is written is read back', () => {
  for (const credentials of [options.credentials, { token: 'ey.J.x' }]) {
    assert.deepEqual(readKubeconfig(kubeconfig({ ...options, credentials })), {
      server: options.server,
      ca: options.ca,
      credentials,
    });
  }
});

test('a kubeconfig of another kind is refused with the reason', () => {
  const cases: [string, RegExp][] = [
    ['', /no server, or no CA/],
    ['clusters: [{cluster: {server: "https://x"}}]', /no server, or no CA/],
    [kubeconfig({ ...options, credentials: { token: '' } }), /neither a token nor a certificate/],
    [kubeconfig({ ...options, credentials: { certificate: 'x', key: '' } }), /neither a token nor a certificate/],
  ];
  for (const [text, message] of cases) assert.throws(() => readKubeconfig(text), message);
});

test('the file is for its owner only, also when it was there before', async (t) => {
  const file = join(await temporaryDirectory(t), 'folder', 'kubeconfig');
  await writeKubeconfig(file, options);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  await writeKubeconfig(file, options);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
});

test('certificate and key are taken from files', async (t) => {
  const directory = await temporaryDirectory(t);
  const [certificateFile, keyFile] = [join(directory, 'crt'), join(directory, 'key')];
  await writeFile(certificateFile, 'PEM 1');
  await writeFile(keyFile, 'PEM 2');
  const { server, ca, user } = options;
  const file = join(directory, 'kubeconfig');
  await writeCertificateKubeconfig(file, { server, ca, user, certificateFile, keyFile });
  assert.deepEqual(readKubeconfig(await readFile(file, 'utf8')).credentials, { certificate: 'PEM 1', key: 'PEM 2' });
});
