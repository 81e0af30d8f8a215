import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pki } from '../pki/cluster-pki.ts';
import {
  argumentsOf,
  type ControlPlaneSettings,
  componentNames,
  etcdSocket,
  flags,
  kubeconfigOf,
  logFileOf,
  pidFileOf,
  serverUrl,
} from './settings.ts';

const settings: ControlPlaneSettings = {
  directory: '/state',
  runDirectory: '/run/x',
  logDirectory: '/state/logs',
  address: '198.18.0.1',
  ports: { 'kube-apiserver': 6443, 'kube-controller-manager': 10257, 'kube-scheduler': 10259 },
  serviceRange: '198.19.0.0/16',
  kubernetesServiceAddress: '198.19.0.1',
  hasNodes: true,
  unsafeNoFsync: false,
};

const pki: Pki = {
  ca: 'PEM',
  certificate: (name) => `/pki/${name}.crt`,
  key: (name) => `/pki/${name}.key`,
  serviceAccountKey: '/pki/sa.key',
  serviceAccountPublicKey: '/pki/sa.pub',
};

const has = (component: (typeof componentNames)[number], expected: readonly string[], given = settings) => {
  const line = argumentsOf(component, given, pki);
  for (const flag of expected) assert.ok(line.includes(flag), `${flag} in ${line.join(' ')}`);
};

test('nothing is bound to every address of the machine', () => {
  for (const component of componentNames) {
    const line = argumentsOf(component, settings, pki).join(' ');
    assert.doesNotMatch(line, /0\.0\.0\.0(?!\/)/, component);
    if (component !== 'etcd') assert.match(line, /--bind-address=198\.18\.0\.1/);
  }
});

test('etcd listens on a socket only, and syncs its data unless it is a test', () => {
  has('etcd', ['--listen-client-urls=unix:///run/x/etcd.sock', '--data-dir=/state/etcd']);
  const line = argumentsOf('etcd', settings, pki).join(' ');
  assert.doesNotMatch(line, /--listen-\S+=http/);
  assert.doesNotMatch(line, /unsafe/);
  has('etcd', ['--unsafe-no-fsync=true'], { ...settings, unsafeNoFsync: true });
});

test('the API server knows etcd, its callers, and who signs tokens', () => {
  has('kube-apiserver', [
    '--etcd-servers=unix:///run/x/etcd.sock',
    '--secure-port=6443',
    '--client-ca-file=/pki/ca.crt',
    '--tls-cert-file=/pki/serving.crt',
    '--service-account-key-file=/pki/sa.pub',
    '--service-account-signing-key-file=/pki/sa.key',
    '--authorization-mode=Node,RBAC',
    '--service-cluster-ip-range=198.19.0.0/16',
  ]);
});

test('with nodes it reaches kubelets by address and checks who they are', () => {
  has('kube-apiserver', [
    '--kubelet-preferred-address-types=InternalIP',
    '--kubelet-certificate-authority=/pki/ca.crt',
    '--kubelet-client-certificate=/pki/kube-apiserver-kubelet-client.crt',
    '--endpoint-reconciler-type=lease',
  ]);
});

test('without nodes the kubernetes Service leads nowhere: loopback is not allowed in endpoints', () => {
  has('kube-apiserver', ['--endpoint-reconciler-type=none'], { ...settings, hasNodes: false });
});

test('controller manager and scheduler use their own kubeconfigs, and are alone', () => {
  for (const component of ['kube-controller-manager', 'kube-scheduler'] as const) {
    has(component, [
      `--kubeconfig=/state/${component}.kubeconfig`,
      `--authentication-kubeconfig=/state/${component}.kubeconfig`,
      `--authorization-kubeconfig=/state/${component}.kubeconfig`,
      '--leader-elect=false',
      `--secure-port=${settings.ports[component]}`,
    ]);
  }
});

test('tokens of service accounts come from the key that the API server trusts', () => {
  has('kube-controller-manager', ['--service-account-private-key-file=/pki/sa.key', '--root-ca-file=/pki/ca.crt']);
});

test('an audit log is written only when asked for, entry by entry and never rotated', () => {
  const audit = { policyFile: '/state/policy.json', logFile: '/state/audit.log' };
  has(
    'kube-apiserver',
    [
      '--audit-policy-file=/state/policy.json',
      '--audit-log-path=/state/audit.log',
      '--audit-log-mode=blocking',
      '--audit-log-maxsize=100000',
    ],
    { ...settings, audit },
  );
  assert.doesNotMatch(argumentsOf('kube-apiserver', settings, pki).join(' '), /--audit/);
});

test('flags are written as name and value in one word', () => {
  assert.deepEqual(flags({ a: 1, 'b-c': true, d: 'x y' }), ['--a=1', '--b-c=true', '--d=x y']);
});

test('everything has its place', () => {
  assert.equal(serverUrl(settings), 'https://198.18.0.1:6443');
  assert.equal(etcdSocket(settings), '/run/x/etcd.sock');
  assert.equal(logFileOf(settings, 'kubelet'), '/state/logs/kubelet.log');
  assert.equal(pidFileOf(settings, 'kubelet'), '/run/x/kubelet.pid');
  assert.equal(kubeconfigOf(settings, 'kubelet'), '/state/kubelet.kubeconfig');
});
