import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { repositoryRoot } from '../../tools/generated-file.ts';
import { startProgram } from '../support/program.ts';
import { scaleOperator } from './support/deployed-operator.ts';
import { noPods } from './support/no-pods.ts';
import { useOperator } from './support/operator-stage.ts';

/** `make run`: the operator on the host, with a kubeconfig. The one in the pod goes away for as long. */

const stage = useOperator();
const quiet = ['--metrics-bind-address=0', '--health-probe-bind-address=0'];

test('make run: the operator on the host runs servers in the cluster, and ends when it is told to', {
  skip: noPods,
}, async (t) => {
  const { kubectl, kubeconfig } = stage();
  const playground = await stage().playground(t);
  await scaleOperator(kubectl, 0);
  try {
    const run = join(repositoryRoot, 'tools', 'run.ts');
    const operator = startProgram([run, ...quiet], undefined, { KUBECONFIG: kubeconfig });
    const { from, server } = await operator.said('starting');
    assert.match(String(server), /^https:\/\//);
    assert.ok(String(from).includes(kubeconfig), String(from));
    await playground.applyServer('one', { image: 'smooth-operator/sample-server:dev' });
    await playground.untilPhase('one', 'Running');
    assert.ok(operator.lines().some(({ kind }) => kind === 'Deployment'));
    operator.kill('SIGTERM');
    assert.equal(await operator.ended(), 0);
  } finally {
    await scaleOperator(kubectl, 2);
  }
});
