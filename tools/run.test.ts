import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { recordedKubectl } from '../test/support/recorded-kubectl.ts';
import { decidesItself, refuseSecondOperator } from './run.ts';

describe('the operator’s own arguments', () => {
  for (const args of [
    ['--kubeconfig', 'a'],
    ['--kubeconfig=a'],
    ['--log-level=debug', '--help'],
    ['-h'],
    ['--version'],
  ]) {
    it(`leave nothing to find out: ${args.join(' ')}`, () => assert.equal(decidesItself(args), true));
  }

  for (const args of [[], ['--log-level=debug'], ['--kubeconfigs'], ['kubeconfig']]) {
    it(`leave the cluster to find out: ${args.join(' ') || 'none'}`, () => assert.equal(decidesItself(args), false));
  }
});

describe('an operator that is deployed already', () => {
  const replicas = (stdout: string) => recordedKubectl({ answers: [[/get deployment/, { stdout }]] });

  it('is in the way', async () => {
    await assert.rejects(refuseSecondOperator(replicas('1'), []), {
      code: 'OtherOperator',
      fix: /scale deployment\/smooth-operator-controller-manager --replicas=0$/,
    });
  });

  it('is not in the way when it is stopped', async () => {
    await assert.doesNotReject(refuseSecondOperator(replicas('0'), []));
  });

  it('is not there when kubectl finds none', async () => {
    const none = recordedKubectl({ answers: [[/get deployment/, { code: 1, stderr: 'NotFound' }]] });
    await assert.doesNotReject(refuseSecondOperator(none, []));
  });

  for (const flag of ['--leader-elect', '--leader-elect=true']) {
    it(`is not in the way of one that waits for its turn: ${flag}`, async () => {
      const kubectl = replicas('1');
      await assert.doesNotReject(refuseSecondOperator(kubectl, [flag]));
      assert.deepEqual(kubectl.calls, []);
    });
  }

  it('is in the way of one that is told not to wait', async () => {
    await assert.rejects(refuseSecondOperator(replicas('2'), ['--leader-elect=false']), { code: 'OtherOperator' });
  });
});
