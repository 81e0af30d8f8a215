/**
 * Thousands of MCPServers created, changed and deleted against a real API server, and what the operator's process holds
 * meanwhile: memory, descriptors and sockets have to be flat. Exit code 1 when they are not, or when one is lost.
 *
 * Usage: node test/faults/ha/soak.ts [--cycles 10000] [--parallel 16]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startControlPlane } from '../../../cluster/control-plane.ts';
import { administer, type TestControlPlane } from '../../support/control-plane.ts';
import { kubeRequest } from '../../support/kube-api.ts';
import { installMCPServerCrd } from '../../support/operator.ts';
import { launchProcess, operatorUser } from '../../support/operator-process.ts';
import { runCycles } from './cycles.ts';
import { type ProcessSample, sampleOf, trendsOf } from './process-sample.ts';

const usage = `Usage: node test/faults/ha/soak.ts [--cycles <n>] [--parallel <n>]

Creates, changes and deletes MCPServers on a control plane of its own, and compares what the operator's process holds in
the last third of the time with the third before.
  --cycles <n>     how many MCPServers (default 10000; 10000 take about ten minutes on two free cores)
  --parallel <n>   how many live at the same time (default 16)`;

const SAMPLE_MS = 2_000;
const TELL_MS = 10_000;

const { values } = parseArgs({
  options: {
    cycles: { type: 'string', default: '10000' },
    parallel: { type: 'string', default: '16' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const [cycles, parallel] = [wholeNumber('cycles'), wholeNumber('parallel')];
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
process.exit(await main());

function wholeNumber(name: 'cycles' | 'parallel'): number {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value > 0) return value;
  console.error(`--${name} ${values[name]}: give a whole number from 1 on\n\n${usage}`);
  process.exit(2);
}

async function main(): Promise<number> {
  await using owned = new AsyncDisposableStack();
  console.log('starting a control plane ...');
  // Without controllers: what they do to the API server would be most of the work.
  const own = await startControlPlane({ components: ['etcd', 'kube-apiserver'] });
  owned.defer(() => own.stop());
  const files = await mkdtemp(join(tmpdir(), 'smooth-soak-'));
  owned.defer(() => rm(files, { recursive: true, force: true }));
  const plane = await administer({ kubeconfig: own.kubeconfig, kubectl: own.kubectl, files });
  await installMCPServerCrd(plane);
  const namespace = await plane.createNamespace();
  // Pods need it, and no controller makes it.
  await plane.request('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: 'default' } });
  const { kubeconfig } = await operatorUser(plane, namespace);
  const operator = await launchProcess({ args: [`--kubeconfig=${kubeconfig}`, `--watch-namespaces=${namespace}`] });
  owned.defer(() => operator.end());
  await operator.untilLine('everything is up');

  const agent = new Agent({ keepAlive: true });
  owned.defer(() => agent.destroy());
  const api = { url: own.url, ca: own.ca, credentials: own.admin, agent };
  const kept: Pick<TestControlPlane, 'request' | 'send'> = {
    request: (...args) => kubeRequest(api, ...args),
    async send<T>(...args: Parameters<TestControlPlane['request']>) {
      const { status, body } = await kubeRequest(api, ...args);
      if (status >= 200 && status < 300) return body as T;
      throw new Error(`${args[0]} ${args[1]} answered ${status}: ${JSON.stringify(body)}`);
    },
  };
  const samples: ProcessSample[] = [];
  const begin = performance.now();
  let done = 0;
  const sampling = setInterval(() => void sampleOf(operator.pid).then((sample) => samples.push(sample)), SAMPLE_MS);
  const telling = setInterval(() => tell(done, samples.at(-1), performance.now() - begin), TELL_MS);
  try {
    const onCycle = (count: number) => {
      done = count;
    };
    await runCycles({ plane: kept, namespace, cycles, parallel, onCycle, signal: stop.signal });
  } catch (thrown) {
    console.error(`${done} of ${cycles} servers done: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    return 1;
  } finally {
    clearInterval(sampling);
    clearInterval(telling);
  }
  const seconds = (performance.now() - begin) / 1000;
  console.log(`${done} servers created, changed and deleted in ${seconds.toFixed(0)} s`);
  const errors = operator.lines().filter(({ level }) => level === 'error').length;
  console.log(`errors in the operator's log: ${errors}`);
  return verdict(samples) && errors === 0 && done === cycles ? 0 : 1;
}

function tell(done: number, sample: ProcessSample | undefined, elapsedMs: number): void {
  if (sample === undefined) return;
  const perSecond = done / (elapsedMs / 1000);
  const left = done === 0 ? 'unknown' : `${Math.round((cycles - done) / perSecond)} s`;
  const { rssMiB, descriptors, sockets } = sample;
  const holds = `${rssMiB.toFixed(0)} MiB, ${descriptors} descriptors, ${sockets} sockets`;
  console.log(`${done} of ${cycles}, ${perSecond.toFixed(1)}/s, ${left} left; the operator holds ${holds}`);
}

function verdict(samples: readonly ProcessSample[]): boolean {
  const trends = trendsOf(samples);
  for (const { name, middle, last, flat } of trends) {
    console.log(
      `${flat ? '✓' : '✗'} ${name}: ${middle.toFixed(1)} in the middle third, ${last.toFixed(1)} in the last`,
    );
  }
  return trends.every(({ flat }) => flat);
}
