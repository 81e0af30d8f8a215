import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useControlPlane } from '../../support/control-plane.ts';
import { installMCPServerCrd } from '../../support/operator.ts';
import { operatorUser, startProcess } from '../../support/operator-process.ts';
import { runCycles } from './cycles.ts';
import { type ProcessSample, sampleOf, trendsOf } from './process-sample.ts';

/** The small version of `soak.ts`: long enough for what is leaked by each server, too short for a verdict on memory. */

const plane = await useControlPlane();
await installMCPServerCrd(plane);

const CYCLES = 200;
const PER_SAMPLE = 10;

test(`${CYCLES} servers created, changed and deleted leave no descriptor and no socket behind`, async () => {
  const namespace = await plane.createNamespace();
  const { kubeconfig } = await operatorUser(plane, namespace);
  const operator = await startProcess({ args: [`--kubeconfig=${kubeconfig}`, `--watch-namespaces=${namespace}`] });
  await operator.untilLine('everything is up');
  const pending: Promise<ProcessSample>[] = [];
  const onCycle = (done: number) => void (done % PER_SAMPLE === 0 && pending.push(sampleOf(operator.pid)));
  await runCycles({ plane, namespace, cycles: CYCLES, onCycle });
  const samples = await Promise.all(pending);
  const grown = trendsOf(samples).filter(({ name, flat }) => name !== 'rssMiB' && !flat);
  assert.deepEqual(grown, []);
  const metrics = (await operator.page('metrics', '/metrics')).text;
  assert.doesNotMatch(metrics, /soak-\d/, 'no metric is kept for a server that is gone');
  assert.match(metrics, /^workqueue_depth\{[^}]*\} 0$/m);
  assert.deepEqual(
    operator.lines().filter(({ level }) => level === 'error'),
    [],
  );
});
