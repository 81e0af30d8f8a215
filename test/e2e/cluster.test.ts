import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { resolveBinaries } from '../../cluster/binaries/resolve.ts';
import { down, loadImage, status, up } from '../../cluster/cluster.ts';
import { ClusterError } from '../../cluster/cluster-error.ts';
import { pidFileOf } from '../../cluster/control-plane/settings.ts';
import { layoutOf } from '../../cluster/layout.ts';
import { chooseMode } from '../../cluster/mode.ts';
import { containerProcesses } from '../../cluster/node/container-processes.ts';
import { containerdFiles } from '../../cluster/node/containerd.ts';
import { runningDaemon } from '../../cluster/process/daemon.ts';
import { run, runOrThrow } from '../../cluster/process/run.ts';
import { buildImage } from '../../images/build.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';
import { added, type MachineTraces, machineTraces, processesWith } from './machine-traces.ts';

/**
 * The whole cluster, from nothing to nothing. A cluster that is already up is somebody's: it is used, and killed and
 * started again, which it survives by design, but not ended.
 */
const layout = layoutOf();
const { mode, why } = await chooseMode();
const noPods = mode === 'full' ? false : (why ?? 'containers cannot run here');
const wasUp = mode === 'full' && (await status(layout)).running.length > 0;
const keep =
  noPods || (wasUp && 'a cluster of this checkout was up: `npm run cluster-down` first, to test its start and end');

const namespace = `cluster-test-${process.pid}`;
const components = [
  'containerd',
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-proxy',
  'kube-scheduler',
  'kubelet',
];
let untouched: MachineTraces;

async function kubectl(args: readonly string[], input?: string): Promise<string> {
  const binaries = await resolveBinaries({ needed: ['kubectl'] });
  return runOrThrow(binaries.path('kubectl'), ['--kubeconfig', layout.kubeconfig, ...args], { input });
}

const lines: string[] = [];
const start = async () => {
  lines.length = 0;
  return up({ layout, report: (line) => lines.push(line) });
};

/** Does something with other environment variables. */
async function withEnvironment<T>(values: Readonly<Record<string, string>>, work: () => Promise<T>): Promise<T> {
  const before = Object.keys(values).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, values);
  try {
    return await work();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

const web = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: 'server',
            image: 'smooth-operator/sample-server:dev',
            ports: [{ containerPort: 8080 }],
            readinessProbe: { httpGet: { path: '/health', port: 8080 }, periodSeconds: 1 },
          },
        ],
      },
    },
  },
};
const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace },
  spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
};

/** The pods' addresses, once both are ready. */
async function podAddresses(): Promise<string[]> {
  await kubectl(['-n', namespace, 'rollout', 'status', 'deployment/web', '--timeout=90s']);
  const text = await kubectl([
    '-n',
    namespace,
    'get',
    'pods',
    '-l',
    'app=web',
    '-o',
    'jsonpath={.items[*].status.podIP}',
  ]);
  return text.split(' ');
}

async function serviceAddress(): Promise<string> {
  return kubectl(['-n', namespace, 'get', 'service', 'web', '-o', 'jsonpath={.spec.clusterIP}']);
}

async function answers(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  await response.body?.cancel();
  return response.status === 200;
}

before(async () => {
  if (noPods) console.log(`# skipped: ${noPods}`);
  else if (keep) console.log(`# partly skipped: ${keep}`);
  untouched = noPods ? ({} as MachineTraces) : await machineTraces();
});

after(async () => {
  if (noPods) return;
  if (wasUp) await kubectl(['delete', 'namespace', namespace, '--ignore-not-found', '--wait=false']);
  else await down({ layout });
});

test('a machine that is a node of another Kubernetes is refused, and left as it is', { skip: keep }, async (t) => {
  const bin = await temporaryDirectory(t);
  const script = '#!/bin/sh\nprintf "*nat\\n:KUBE-SERVICES - [0:0]\\nCOMMIT\\n"\n';
  await writeFile(join(bin, 'iptables-save'), script, { mode: 0o755 });
  await withEnvironment({ PATH: `${bin}:${process.env.PATH}` }, () =>
    assert.rejects(start(), { code: 'OtherKubernetes', fix: /set KUBECONFIG to its kubeconfig/ }),
  );
  assert.equal(existsSync(layout.state), false);
  assert.deepEqual(added(untouched, await machineTraces()), {});
});

test('what a checkout that no longer runs left on the machine is cleaned up, its data stays', {
  skip: keep,
}, async (t) => {
  const other = await temporaryDirectory(t);
  const [state, runDirectory, kubelet] = ['state', 'run', 'kubelet'].map((name) => join(other, name));
  await mkdir(join(state ?? '', 'etcd'), { recursive: true });
  const sysctls = { 'net/ipv4/ip_forward': (await readFile('/proc/sys/net/ipv4/ip_forward', 'utf8')).trim() };
  await writeFile(
    layout.owner,
    JSON.stringify({ checkout: other, state, run: runDirectory, kubelet, sysctls, newDirectories: [] }),
  );
  await runOrThrow('ip', ['link', 'add', 'left-behind', 'type', 'bridge']);
  await runOrThrow('ip', ['address', 'add', '198.18.0.1/32', 'dev', 'left-behind']);
  await start();
  assert.ok(lines.includes(`cleaning up after the cluster of ${other}, which is no longer running`), lines.join('\n'));
  assert.equal((await run('ip', ['link', 'show', 'left-behind'])).code, 1);
  assert.ok(existsSync(join(state ?? '', 'etcd')));
});

test('up starts every component, and the node is Ready', { skip: noPods }, async () => {
  const cluster = await start();
  assert.deepEqual(cluster, { mode: 'full', kubeconfig: layout.kubeconfig, runsPods: true });
  assert.deepEqual((await status(layout)).running, components);
  assert.match(await kubectl(['get', 'nodes', '--no-headers']), /^smooth-operator\s+Ready\s/);
});

test('up again starts nothing, and says so', { skip: noPods }, async () => {
  const pids = await Promise.all(
    components.map((name) => runningDaemon(pidFileOf({ runDirectory: layout.run }, name))),
  );
  await start();
  for (const name of components)
    assert.ok(lines.includes(`${name}: already running`), `${name} in ${lines.join('\n')}`);
  const again = await Promise.all(
    components.map((name) => runningDaemon(pidFileOf({ runDirectory: layout.run }, name))),
  );
  assert.deepEqual(again, pids);
});

test('nothing listens on an address that the network can reach', { skip: noPods }, async () => {
  const pids = new Set<number>();
  for (const name of components) {
    const identity = await runningDaemon(pidFileOf({ runDirectory: layout.run }, name));
    if (identity !== undefined) pids.add(identity.pid);
  }
  const listening = (await runOrThrow('ss', ['-tlnpH'])).split('\n');
  const ours = listening.filter((line) => [...line.matchAll(/pid=(\d+)/g)].some(([, pid]) => pids.has(Number(pid))));
  assert.ok(ours.length >= 5, ours.join('\n'));
  for (const line of ours) assert.match(line.split(/\s+/)[3] ?? '', /^(127\.0\.0\.1|198\.18\.0\.1|\[::1\]):\d+$/);
});

test('a pod of an image made here runs, and answers on its address and through its Service', {
  skip: noPods,
}, async () => {
  const image = await buildImage('sample-server');
  await loadImage(image.archivePath, layout);
  await kubectl(['create', 'namespace', namespace]);
  await kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [web, service] }));
  const addresses = await podAddresses();
  assert.equal(addresses.length, 2);
  for (const address of addresses) {
    assert.match(address, /^198\.18\./);
    assert.ok(await answers(`http://${address}:8080/health`));
  }
  const url = `http://${await serviceAddress()}/health`;
  await until(() => answers(url), { what: `${url} to answer` });
});

test('a pod reaches the API server, itself through its Service, and its log can be read', {
  skip: noPods,
}, async () => {
  const pod = (
    await kubectl(['-n', namespace, 'get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[0].metadata.name}'])
  ).trim();
  const script = `
    import https from 'node:https';
    import fs from 'node:fs';
    const folder = '/var/run/secrets/kubernetes.io/serviceaccount/';
    const call = https.get('https://198.19.0.1/version', { ca: fs.readFileSync(folder + 'ca.crt') });
    call.on('response', (answer) => { console.log('api', answer.statusCode); call.destroy(); });
    for (let i = 0; i < 8; i += 1) console.log('service', (await fetch('http://${await serviceAddress()}/health')).status);
  `;
  const printed = await kubectl(['-n', namespace, 'exec', pod, '--', 'node', '--input-type=module', '-e', script]);
  assert.deepEqual(printed.trim().split('\n').sort(), ['api 200', ...Array(8).fill('service 200')]);
  assert.match(await kubectl(['-n', namespace, 'logs', pod]), /listening/);
});

test('the restricted Pod Security level is enforced', { skip: noPods }, async () => {
  const restricted = `${namespace}-restricted`;
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await kubectl(
    ['apply', '-f', '-'],
    JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: restricted, labels } }),
  );
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'one', namespace: restricted },
    spec: web.spec.template.spec,
  };
  await until(
    async () => /\S/.test(await kubectl(['-n', restricted, 'get', 'serviceaccount', 'default', '-o', 'name'])),
    {
      what: 'the namespace to be usable',
    },
  );
  await assert.rejects(kubectl(['apply', '-f', '-'], JSON.stringify(pod)), (thrown: unknown) => {
    assert.ok(thrown instanceof ClusterError);
    assert.match(thrown.tail.join('\n'), /violates PodSecurity "restricted/);
    return true;
  });
  await kubectl(['delete', 'namespace', restricted, '--wait=false']);
});

test('after a kill -9 of everything, up brings the same cluster back, pods too', { skip: noPods }, async () => {
  const uid = await kubectl(['get', 'namespace', namespace, '-o', 'jsonpath={.metadata.uid}']);
  for (const name of components) {
    const identity = await runningDaemon(pidFileOf({ runDirectory: layout.run }, name));
    assert.ok(identity, name);
    process.kill(identity.pid, 'SIGKILL');
  }
  const containers = await containerProcesses(containerdFiles(layout).socket);
  assert.ok(containers.length > 0);
  for (const { pid } of containers) process.kill(pid, 'SIGKILL');
  await until(async () => (await status(layout)).running.length === 0, { what: 'everything to be dead' });

  await start();
  assert.deepEqual((await status(layout)).running, components);
  assert.equal(await kubectl(['get', 'namespace', namespace, '-o', 'jsonpath={.metadata.uid}']), uid);
  const url = `http://${await serviceAddress()}/health`;
  await until(() => answers(url), { what: `${url} to answer`, deadlineMs: 60_000 });
});

test('a killed kubelet and a killed containerd come back without a restart of the pods', { skip: noPods }, async () => {
  const restarts = [
    '-n',
    namespace,
    'get',
    'pods',
    '-l',
    'app=web',
    '-o',
    'jsonpath={.items[*].status.containerStatuses[0].containerID}',
  ];
  await podAddresses();
  const containers = await kubectl(restarts);
  for (const name of ['kubelet', 'containerd']) {
    const identity = await runningDaemon(pidFileOf({ runDirectory: layout.run }, name));
    assert.ok(identity, name);
    process.kill(identity.pid, 'SIGKILL');
  }
  await until(async () => !(await status(layout)).running.includes('kubelet'), { what: 'the kubelet to be dead' });
  await start();
  await podAddresses();
  assert.equal(await kubectl(restarts), containers);
});

test('a component that fails is told with its last lines; then up goes on from there', { skip: keep }, async (t) => {
  const bin = await temporaryDirectory(t);
  const binaries = await resolveBinaries();
  for (const [name, path] of binaries.paths) if (name !== 'kubelet') await symlink(path, join(bin, name));
  await writeFile(join(bin, 'kubelet'), '#!/bin/sh\necho "E1 no cgroup is to my liking"\nsleep 0.2\nexit 1\n', {
    mode: 0o755,
  });
  const identity = await runningDaemon(pidFileOf({ runDirectory: layout.run }, 'kubelet'));
  assert.ok(identity);
  process.kill(identity.pid, 'SIGKILL');
  await until(async () => !(await status(layout)).running.includes('kubelet'), { what: 'the kubelet to be dead' });
  await withEnvironment({ SMOOTH_KUBERNETES_BIN: bin }, () =>
    assert.rejects(start(), (thrown: unknown) => {
      assert.ok(thrown instanceof ClusterError);
      assert.equal(thrown.component, 'kubelet');
      assert.equal(thrown.tail.at(-1), 'E1 no cgroup is to my liking');
      assert.match(thrown.format(), /the rest is in .*kubelet\.log\nwhat to do: /);
      return true;
    }),
  );
  await start();
  assert.deepEqual((await status(layout)).running, components);
});

test('another checkout is told whose cluster this is, and what to do', { skip: noPods }, async () => {
  const other = {
    ...layout,
    checkout: '/other',
    run: `${layout.run}-other`,
    state: `${layout.state}-other`,
    record: join(`${layout.state}-other`, 'cluster.json'),
  };
  try {
    await assert.rejects(up({ layout: other }), (thrown: unknown) => {
      assert.ok(thrown instanceof ClusterError);
      assert.equal(thrown.code, 'OtherCheckout');
      assert.match(thrown.format(), new RegExp(`${layout.checkout} runs its cluster.*\n.*cluster-down`));
      return true;
    });
    assert.equal(existsSync(other.state), false);
  } finally {
    await rm(other.state, { recursive: true, force: true });
  }
});

test('down leaves no trace, also when everything was killed before', { skip: keep }, async () => {
  const apiServer = await runningDaemon(pidFileOf({ runDirectory: layout.run }, 'kube-apiserver'));
  assert.ok(apiServer);
  process.kill(apiServer.pid, 'SIGKILL');
  await down({ layout });
  const afterwards = await machineTraces();
  assert.deepEqual(added(untouched, afterwards), {});
  // Nor is anything of others missing; the sockets of dead shims are nobody's.
  const { files = [], ...missing } = added(afterwards, untouched);
  assert.deepEqual(missing, {});
  assert.deepEqual(
    files.filter((file) => !file.startsWith('/run/containerd/s/')),
    [],
  );
  assert.deepEqual(await processesWith(layout.run), []);
  assert.deepEqual(await containerProcesses(containerdFiles(layout).socket), []);
  assert.equal(existsSync(layout.state), false);
  assert.equal(existsSync(layout.run), false);
  assert.equal(existsSync(layout.owner), false);
});

test('an interrupted up leaves no trace', { skip: keep }, async () => {
  const controller = new AbortController();
  const report = (line: string) => {
    if (line.startsWith('kube-apiserver')) controller.abort();
  };
  await assert.rejects(up({ layout, report, signal: controller.signal }), { code: 'Aborted' });
  assert.deepEqual(added(untouched, await machineTraces()), {});
  assert.deepEqual(await processesWith(layout.run), []);
});

test('down without a cluster does nothing', { skip: keep }, async () => {
  const told: string[] = [];
  await down({ layout, report: (line) => told.push(line) });
  assert.deepEqual(told, ['no cluster of this checkout is there']);
});
