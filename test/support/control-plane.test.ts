import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { readKubeconfig } from '../../cluster/kubeconfig.ts';
import { useControlPlane } from './control-plane.ts';
import { kubeRequest } from './kube-api.ts';

const cluster = await useControlPlane(['etcd', 'kube-apiserver']);

test('every namespace is another one, with the labels asked for', async () => {
  const one = await cluster.createNamespace({ purpose: 'test' });
  const two = await cluster.createNamespace();
  assert.notEqual(one, two);
  const stored = await cluster.send<{ metadata: { labels: Record<string, string> } }>(
    'GET',
    `/api/v1/namespaces/${one}`,
  );
  assert.equal(stored.metadata.labels.purpose, 'test');
});

test('a user has the rights given, and no others, in its own namespace', async () => {
  const [mine, other] = await Promise.all([cluster.createNamespace(), cluster.createNamespace()]);
  const user = await cluster.createUser(mine, {
    rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list'] }],
    clusterRules: [{ apiGroups: [''], resources: ['nodes'], verbs: ['list'] }],
  });
  const { server: url, ca, credentials } = readKubeconfig(await readFile(user.kubeconfig, 'utf8'));
  assert.deepEqual(credentials, { token: user.token });
  const status = async (path: string) => (await kubeRequest({ url, ca, credentials }, 'GET', path)).status;
  assert.equal(await status(`/api/v1/namespaces/${mine}/configmaps`), 200);
  assert.equal(await status('/api/v1/nodes'), 200);
  assert.equal(await status(`/api/v1/namespaces/${mine}/secrets`), 403);
  assert.equal(await status(`/api/v1/namespaces/${other}/configmaps`), 403);
});

test('a CRD can be used as soon as it is installed, and installed twice', async () => {
  const crd = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'things.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { kind: 'Thing', plural: 'things', singular: 'thing' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    },
  };
  await cluster.installCrd(crd);
  await cluster.installCrd(JSON.stringify(crd));
  const namespace = await cluster.createNamespace();
  const path = `/apis/example.com/v1/namespaces/${namespace}/things`;
  const thing = { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'one' } };
  assert.equal((await cluster.request('POST', path, thing)).status, 201);
});

test('a request that must succeed says what was answered when it does not', async () => {
  await assert.rejects(cluster.send('GET', '/api/v1/namespaces/none'), /GET .*\/none answered 404: .*NotFound/);
});

test('kubectl talks to it as the administrator', async () => {
  assert.match(await cluster.kubectl(['auth', 'whoami', '-o', 'yaml']), /username: kubernetes-admin/);
});
