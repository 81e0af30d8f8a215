import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useControlPlane } from '../../support/control-plane.ts';
import { conditionOf, installMCPServerCrd } from '../../support/operator.ts';
import { type OperatorProcess, operatorUser, startProcess } from '../../support/operator-process.ts';
import { createNamespaceStage } from '../../support/operator-stage.ts';
import { podTrouble, reportAll, reportPods } from '../../support/pretend-kubelet.ts';
import { until } from '../../support/until.ts';

/** /metrics, /healthz and /readyz as Prometheus and the kubelet get them: over HTTP, from a process. */

const plane = await useControlPlane();
await installMCPServerCrd(plane);

const CANARY = 'canary-5e1f-value-that-nobody-may-see';
const stage = await createNamespaceStage(plane);
const user = await operatorUser(plane, stage.namespace);
let operator = await start();

async function start(): Promise<OperatorProcess> {
  const started = await startProcess({
    args: [`--kubeconfig=${user.kubeconfig}`, `--watch-namespaces=${stage.namespace}`, '--max-concurrent-reconciles=7'],
  });
  await started.untilLine('everything is up');
  return started;
}

type Samples = Readonly<Record<string, number>>;

/** What Prometheus would read, sample by sample. Throws on a line that it would refuse. */
async function scrape(): Promise<Samples> {
  const { status, text } = await operator.page('metrics', '/metrics');
  assert.equal(status, 200);
  const samples: Record<string, number> = {};
  for (const line of text.split('\n')) {
    if (line === '' || /^# (HELP|TYPE) [a-z_:]+ ./.test(line)) continue;
    const match = /^([a-zA-Z_:][\w:]*(?:\{(?:\w+="(?:[^"\\]|\\.)*",?)*\})?) (-?[\d.e+-]+|NaN|[+-]Inf)$/.exec(line);
    assert.ok(match, `not a sample: ${line}`);
    assert.ok(!((match[1] ?? '') in samples), `twice: ${line}`);
    samples[match[1] ?? ''] = Number(match[2]);
  }
  return samples;
}

const phases = ['Pending', 'Running', 'Failed', 'Stopped'] as const;

/** Waits until the gauges say this; undefined: nothing at all about the namespace. */
function untilGauges(total: number | undefined, counts: Partial<Record<(typeof phases)[number], number>> = {}) {
  const { namespace } = stage;
  const expected = phases.map((phase) => (total === undefined ? undefined : (counts[phase] ?? 0)));
  return until(
    async () => {
      const samples = await scrape();
      assert.equal(samples[`mcpserver_total{namespace="${namespace}"}`], total);
      const found = phases.map((phase) => samples[`mcpserver_phase{namespace="${namespace}",phase="${phase}"}`]);
      assert.deepEqual(found, expected);
      return samples;
    },
    { what: `${total} servers: ${JSON.stringify(counts)}` },
  );
}

test('the gauges follow servers as they come, change their phase and go, and a restart', async (t) => {
  const { servers, namespace } = stage;
  await t.test('a server of each phase', async () => {
    await untilGauges(undefined);
    await servers.create('pending');
    await untilGauges(1, { Pending: 1 });
    await servers.create('running');
    await servers.create('stopped', { replicas: 0 });
    await servers.create('failed', { secretName: 'keys' });
    await reportPods(plane, namespace, 'running', 1, true);
    await untilGauges(4, { Pending: 1, Running: 1, Failed: 1, Stopped: 1 });
  });
  await t.test('one becomes another', async () => {
    await reportAll(plane, namespace, 'running', podTrouble.crashLoop());
    await untilGauges(4, { Pending: 1, Failed: 2, Stopped: 1 });
    await servers.change('stopped', { replicas: 1 });
    await untilGauges(4, { Pending: 2, Failed: 2 });
  });
  await t.test('a restart', async () => {
    operator.kill('SIGTERM');
    await operator.ended;
    operator = await start();
    await untilGauges(4, { Pending: 2, Failed: 2 });
  });
  await t.test('they go, and take their series with them', async () => {
    for (const name of ['pending', 'failed', 'stopped']) await servers.remove(name);
    await untilGauges(1, { Failed: 1 });
    await servers.remove('running');
    await untilGauges(undefined);
  });
});

for (const [kind, quota] of Object.entries({ deployment: 'count/deployments.apps', service: 'count/services' })) {
  test(`a ${kind} that cannot be created is counted, until its server goes`, async () => {
    const { servers, kubectl, namespace } = stage;
    await kubectl('create', 'quota', kind, `--hard=${quota}=0`);
    const hard = () => kubectl('get', 'quota', kind, '-o', 'jsonpath={.status.hard}');
    await until(async () => (await hard()) !== '', { what: 'the quota' });
    const name = `no-${kind}`;
    await servers.create(name);
    await servers.untilStatus(name, 'told', (now) => conditionOf(now, 'Accepted')?.reason === 'QuotaExceeded');
    const counter = (which: string) =>
      `mcpserver_${which}_creation_errors_total{namespace="${namespace}",name="${name}"}`;
    const samples = await scrape();
    const other = kind === 'service' ? 'deployment' : 'service';
    assert.deepEqual([samples[counter(kind)], samples[counter(other)]], [1, undefined]);

    await servers.remove(name);
    await until(async () => !(counter(kind) in (await scrape())), { what: 'the series to go' });
    await kubectl('delete', 'quota', kind);
  });
}

test("what dashboards for controller-runtime look for is there, under its names, with this operator's values", async () => {
  await stage.servers.create('weather');
  await stage.servers.untilStatus('weather', 'a status', ({ status }) => status !== undefined);
  const samples = await scrape();
  const at = (name: string) => samples[name];
  assert.equal(at('controller_runtime_max_concurrent_reconciles{controller="mcpserver"}'), 7);
  assert.ok((at('controller_runtime_reconcile_total{controller="mcpserver",result="success"}') ?? 0) > 0);
  assert.equal(at('controller_runtime_reconcile_total{controller="mcpserver",result="error"}'), 0);
  assert.equal(at('controller_runtime_reconcile_errors_total{controller="mcpserver"}'), 0);
  assert.equal(at('controller_runtime_reconcile_panics_total{controller="mcpserver"}'), 0);
  assert.ok((at('controller_runtime_reconcile_time_seconds_count{controller="mcpserver"}') ?? 0) > 0);
  const families = new Set(
    Object.keys(samples).map((name) => name.replace(/\{.*/, '').replace(/_(bucket|sum|count)$/, '')),
  );
  for (const name of [
    'controller_runtime_active_workers',
    'controller_runtime_terminal_reconcile_errors_total',
    'controller_runtime_reconcile_timeouts_total',
    'workqueue_depth',
    'workqueue_adds_total',
    'workqueue_queue_duration_seconds',
    'workqueue_work_duration_seconds',
    'workqueue_retries_total',
    'workqueue_unfinished_work_seconds',
    'workqueue_longest_running_processor_seconds',
    'rest_client_requests_total',
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
    'process_start_time_seconds',
    'process_open_fds',
  ]) {
    assert.ok(families.has(name), `${name} is missing among ${[...families].join(' ')}`);
  }
  const requests = Object.keys(samples).filter((name) => name.startsWith('rest_client_requests_total'));
  const host = new URL(plane.url).host;
  assert.ok(requests.some((name) => /code="201"/.test(name) && /method="PATCH"/.test(name) && name.includes(host)));
});

test('/healthz and /readyz name their checks, one by one when asked', async () => {
  const page = (path: string) => operator.page('health', path);
  assert.deepEqual(await page('/healthz'), { status: 200, text: 'ok' });
  assert.deepEqual(await page('/readyz'), { status: 200, text: 'ok' });
  assert.deepEqual((await page('/healthz?verbose')).text.trim().split('\n'), [
    '[+]ping ok',
    '[+]event-loop ok',
    '[+]reconciles ok',
    '[+]watches ok',
    'healthz check passed',
  ]);
  assert.deepEqual((await page('/readyz?verbose=true')).text.trim().split('\n'), [
    '[+]ping ok',
    '[+]caches-synced ok',
    '[+]shutdown ok',
    'readyz check passed',
  ]);
  assert.deepEqual(await page('/readyz/caches-synced'), { status: 200, text: 'ok' });
  assert.equal((await page('/readyz/nonsense')).status, 404);
  assert.equal((await operator.page('metrics', '/')).status, 404);
  assert.equal((await operator.page('metrics', '/healthz')).status, 404, 'each on its own port');
});

test('no secret is on any page or in the log', async () => {
  await stage.kubectl('create', 'secret', 'generic', 'keys', `--from-literal=API_KEY=${CANARY}`);
  await stage.servers.create('secretive', { secretName: 'keys' });
  await stage.servers.untilStatus('secretive', 'accepted', (now) => conditionOf(now, 'Accepted')?.status === 'True');
  const pages = [
    await operator.page('metrics', '/metrics'),
    await operator.page('health', '/healthz?verbose'),
    await operator.page('health', '/readyz?verbose'),
    { text: operator.stderr() },
  ];
  for (const { text } of pages) {
    for (const secret of [CANARY, Buffer.from(CANARY).toString('base64'), user.token])
      assert.ok(!text.includes(secret));
  }
});
