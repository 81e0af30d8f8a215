import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MCPServer } from '../../../src/api/v1alpha1/mcp-server.ts';
import { useControlPlane } from '../../support/control-plane.ts';
import { generatedClusterRules, installMCPServerCrd, serversIn } from '../../support/operator.ts';
import { type OperatorProcess, type ProcessLine, startProcess } from '../../support/operator-process.ts';
import { until } from '../../support/until.ts';

/**
 * A thousand MCPServers as fast as the API server takes them. Without a controller-manager, so that all the work is the
 * operator's. What is looked at is what was sent and in which order, never how long it took.
 */

const COUNT = 1_000;
const WORKERS = 8;

const plane = await useControlPlane(['etcd', 'kube-apiserver'], { own: true });
await installMCPServerCrd(plane);
const namespace = await plane.createNamespace();
const servers = serversIn(plane, namespace);
const user = await plane.createUser(namespace, { clusterRules: await generatedClusterRules() });
const names = Array.from({ length: COUNT }, (_, index) => `burst-${index}`);
const deadlineMs = 240_000;

async function start(): Promise<OperatorProcess> {
  const operator = await startProcess({
    args: [`--kubeconfig=${user.kubeconfig}`, `--max-concurrent-reconciles=${WORKERS}`, '--log-level=debug'],
  });
  await operator.untilLine('everything is up');
  return operator;
}

/** Does something for each item, so many at a time. */
async function forEach<T>(items: readonly T[], atATime: number, work: (item: T) => Promise<unknown>): Promise<void> {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: atATime }, worker));
}

async function all<T>(path: string): Promise<readonly T[]> {
  return (await plane.send<{ readonly items: readonly T[] }>('GET', `${path}?resourceVersion=0`)).items;
}

const serversPath = `/apis/mcp.mcp.dev/v1alpha1/namespaces/${namespace}/mcpservers`;
const metricsOf = async (operator: OperatorProcess) => (await operator.page('metrics', '/metrics')).text;

/** What was sent that may change something, as `PATCH 201: 5`. */
async function writesOf(operator: OperatorProcess): Promise<readonly string[]> {
  const samples = (await metricsOf(operator)).matchAll(
    /^rest_client_requests_total\{code="([^"]+)",method="(POST|PUT|PATCH|DELETE)",host="[^"]+"\} (\d+)$/gm,
  );
  return [...samples].map(([, code, method, count]) => `${method} ${code}: ${count}`).sort();
}

async function sample(operator: OperatorProcess, pattern: RegExp): Promise<number> {
  return Number(pattern.exec(await metricsOf(operator))?.[1] ?? Number.NaN);
}

/** Waits until nothing waits and nobody works. */
const untilIdle = (operator: OperatorProcess) =>
  until(
    async () => {
      const depth = /^workqueue_depth\{.*\bname="mcpserver".*\} (\d+)$/gm;
      const waiting = [...(await metricsOf(operator)).matchAll(depth)].some(([, count]) => count !== '0');
      return !waiting && (await sample(operator, /^controller_runtime_active_workers\{.*\} (\d+)$/m)) === 0;
    },
    { what: 'an idle operator', deadlineMs, intervalMs: 500 },
  );

const operator = await start();

test('every one gets its two children and its status, for exactly three writes', async () => {
  await forEach(names, 50, (name) => servers.create(name, { port: 3000 }));
  // At least: more would be a failure, which is for the assertions below to tell.
  const statuses = /^rest_client_requests_total\{code="200",method="PATCH",.*\} (\d+)$/m;
  await until(async () => (await sample(operator, statuses)) >= COUNT, {
    what: 'a status for each',
    deadlineMs,
    intervalMs: 500,
  });
  await untilIdle(operator);
  for (const path of [
    `/apis/apps/v1/namespaces/${namespace}/deployments`,
    `/api/v1/namespaces/${namespace}/services`,
  ]) {
    const found = await all<{ readonly metadata: { readonly name: string } }>(path);
    assert.deepEqual(found.map(({ metadata }) => metadata.name).sort(), [...names].sort());
  }
  const seen = (await all<MCPServer>(serversPath)).filter(({ status }) => status?.observedGeneration === 1);
  assert.equal(seen.length, COUNT);
  assert.deepEqual(await writesOf(operator), [`PATCH 200: ${COUNT}`, `PATCH 201: ${2 * COUNT}`]);
  assert.deepEqual(
    operator.lines().filter(({ level }) => level === 'warn' || level === 'error'),
    [],
  );
});

interface Pass {
  readonly name: string;
  readonly first: number;
  readonly last: number;
}

/** Each pass, from its first line in the log to its last. */
function passesIn(lines: readonly ProcessLine[]): readonly Pass[] {
  const passes = new Map<string, Pass>();
  for (const [index, { reconcileID, name }] of lines.entries()) {
    if (typeof reconcileID !== 'string') continue;
    const first = passes.get(reconcileID)?.first ?? index;
    passes.set(reconcileID, { name: String(name), first, last: index });
  }
  return [...passes.values()];
}

test('different servers were worked on at the same time, one server never twice at a time', () => {
  const passes = passesIn(operator.lines());
  const busy = new Map<string, Pass>();
  let most = 0;
  for (const pass of passes.toSorted((a, b) => a.first - b.first)) {
    for (const [name, other] of busy) if (other.last < pass.first) busy.delete(name);
    assert.ok(!busy.has(pass.name), `${pass.name} was worked on twice at a time`);
    busy.set(pass.name, pass);
    most = Math.max(most, busy.size);
  }
  assert.equal(new Set(passes.map(({ name }) => name)).size, COUNT);
  assert.ok(most > 1 && most <= WORKERS, `${most} at a time`);
});

test('a thousand servers fit into little memory, and a restart sends nothing but reads', async () => {
  const megabytes = (await sample(operator, /^process_resident_memory_bytes (\S+)$/m)) / 2 ** 20;
  assert.ok(megabytes < 256, `${Math.round(megabytes)} MiB`);
  const again = await start();
  await until(async () => passesIn(again.lines()).length >= COUNT, { what: 'a look at each', deadlineMs });
  await untilIdle(again);
  assert.deepEqual(await writesOf(again), []);
  again.kill('SIGTERM');
  assert.equal(await again.ended, 0);
});

test('all of them deleted: nothing is sent, nothing is left of them', async () => {
  const before = await writesOf(operator);
  await plane.send('DELETE', serversPath);
  const gone = () => operator.lines().filter(({ msg }) => msg.startsWith('An MCPServer is gone')).length;
  await until(() => gone() === COUNT, { what: 'word of each', deadlineMs, intervalMs: 500 });
  await untilIdle(operator);
  assert.deepEqual(await writesOf(operator), before);
  assert.doesNotMatch(await metricsOf(operator), /^mcpserver_(total|phase)\{/m);
  assert.equal((await operator.page('health', '/healthz')).text, 'ok');
  operator.kill('SIGTERM');
  assert.equal(await operator.ended, 0);
});
