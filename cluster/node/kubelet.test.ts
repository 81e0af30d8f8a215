import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Layout, layoutOf } from '../layout.ts';
import type { Pki } from '../pki/cluster-pki.ts';
import { kubeletConfig, kubeProxyConfig } from './kubelet.ts';

const layout: Layout = { ...layoutOf(), state: '/checkout/.local/cluster', run: '/run/smooth-operator-1' };
const pki: Pki = {
  ca: 'PEM',
  certificate: (name) => `/pki/${name}.crt`,
  key: (name) => `/pki/${name}.key`,
  serviceAccountKey: '/pki/sa.key',
  serviceAccountPublicKey: '/pki/sa.pub',
};

const addresses = (config: object) =>
  [...JSON.stringify(config).matchAll(/"\w*[aA]ddress":"([^"]*)"/g)].map(([, address]) => address);

test("both listen on the node's own address only", () => {
  const found = [...addresses(kubeletConfig(layout, pki)), ...addresses(kubeProxyConfig('/x'))];
  assert.deepEqual(found, ['198.18.0.1', '198.18.0.1', '198.18.0.1', '198.18.0.1:10256', '198.18.0.1:10249']);
  assert.deepEqual(kubeProxyConfig('/x').nodePortAddresses, ['primary']);
});

test('the kubelet answers to nobody whom the API server does not vouch for', () => {
  const { authentication, authorization } = kubeletConfig(layout, pki);
  assert.equal(authentication.anonymous.enabled, false);
  assert.equal(authentication.webhook.enabled, true);
  assert.equal(authentication.x509.clientCAFile, '/pki/ca.crt');
  assert.equal(authorization.mode, 'Webhook');
});

test('the kubelet starts on both versions of cgroups, with swap, and on a full disk', () => {
  const config = kubeletConfig(layout, pki);
  assert.equal(config.failCgroupV1, false);
  assert.equal(config.cgroupDriver, 'cgroupfs');
  assert.deepEqual(config.enforceNodeAllocatable, []);
  assert.equal(config.failSwapOn, false);
  assert.equal(config.evictionHard['nodefs.available'], '1%');
});

test('images are never thrown away: no registry has them', () => {
  assert.equal(kubeletConfig(layout, pki).imageGCHighThresholdPercent, 100);
});

test("what the kubelet writes is in the cluster's own directories", () => {
  const config = kubeletConfig(layout, pki);
  assert.equal(config.podLogsDir, '/checkout/.local/cluster/pod-logs');
  assert.equal(config.volumePluginDir, '/checkout/.local/cluster/volume-plugins');
  assert.equal(config.containerRuntimeEndpoint, 'unix:///run/smooth-operator-1/containerd.sock');
});

test("kube-proxy leaves the kernel's settings alone", () => {
  const config = kubeProxyConfig('/state/kube-proxy.kubeconfig');
  assert.deepEqual(config.conntrack, { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' });
  assert.equal(config.iptables.localhostNodePorts, false);
  assert.equal(config.mode, 'iptables');
  assert.equal(config.clientConnection.kubeconfig, '/state/kube-proxy.kubeconfig');
});
