import assert from 'node:assert/strict';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { ClusterError } from '../cluster/cluster-error.ts';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import { describeTarget, kubectlFor, type LocalState, type TargetCluster, targetCluster } from './target-cluster.ts';

const down: LocalState = { isUp: false, runsPods: true, kubeconfig: '/checkout/.local/cluster/kubeconfig' };
const up: LocalState = { ...down, isUp: true };

/** A home directory, with a kubeconfig in it or not. */
async function home(test: TestContext, hasKubeconfig: boolean): Promise<string> {
  const dir = await temporaryDirectory(test);
  if (hasKubeconfig) await mkdir(join(dir, '.kube'));
  if (hasKubeconfig) await writeFile(join(dir, '.kube', 'config'), '');
  return dir;
}

async function targetOf(test: TestContext, options: { env?: object; local: LocalState; hasKubeconfig?: boolean }) {
  const { env = {}, local, hasKubeconfig = false } = options;
  const HOME = await home(test, hasKubeconfig);
  return { HOME, target: await targetCluster({ env: { HOME, ...env }, local: async () => local }) };
}

describe('which cluster a command is about', () => {
  it('is the one of KUBECONFIG, whatever else there is', async (test) => {
    const { target } = await targetOf(test, { env: { KUBECONFIG: 'dev.yaml' }, local: up, hasKubeconfig: true });
    assert.deepEqual(target, {
      kubeconfig: 'dev.yaml',
      from: 'KUBECONFIG=dev.yaml',
      isLocal: false,
      runsPods: true,
    });
  });

  it('is the local one when that is up', async (test) => {
    const { target } = await targetOf(test, { local: up, hasKubeconfig: true });
    assert.deepEqual([target.kubeconfig, target.isLocal, target.from], [up.kubeconfig, true, 'the local cluster']);
  });

  it('is the local one too when KUBECONFIG names it, as cluster-up tells people to do', async (test) => {
    const local = { ...up, runsPods: false };
    const { target } = await targetOf(test, { env: { KUBECONFIG: up.kubeconfig }, local });
    assert.deepEqual([target.isLocal, target.runsPods], [true, false]);
  });

  it('is kubectl’s default when the local one is not up', async (test) => {
    const { target, HOME } = await targetOf(test, { local: down, hasKubeconfig: true });
    assert.equal(target.kubeconfig, join(HOME, '.kube', 'config'));
    assert.equal(target.isLocal, false);
  });

  it('is the default too when KUBECONFIG is empty', async (test) => {
    const { target } = await targetOf(test, { env: { KUBECONFIG: '' }, local: down, hasKubeconfig: true });
    assert.match(target.from, /\.kube\/config$/);
  });

  it('is none when there is none, and the error says what there is to choose from', async (test) => {
    await assert.rejects(targetOf(test, { local: down }), (thrown: unknown) => {
      assert.ok(thrown instanceof ClusterError);
      assert.equal(thrown.code, 'NotRunning');
      assert.match(thrown.format(), /KUBECONFIG is not set.*not up.*\.kube\/config does not exist/);
      assert.match(thrown.format(), /what to do: make cluster-up.*KUBECONFIG=/);
      return true;
    });
  });

  it('knows a local cluster that starts no pods', async (test) => {
    const { target } = await targetOf(test, { local: { ...up, runsPods: false } });
    assert.equal(target.runsPods, false);
  });
});

/** A kubectl that prints what it is told to, and how it was called to standard error. */
async function fakeKubectl(test: TestContext, prints: string, code = 0): Promise<string> {
  const dir = await temporaryDirectory(test);
  const file = join(dir, 'kubectl');
  await writeFile(join(dir, 'prints'), prints);
  await writeFile(file, `#!/bin/sh\ncat "${dir}/prints"\necho "KUBECONFIG=$KUBECONFIG $*" >&2\nexit ${code}\n`);
  await chmod(file, 0o755);
  return file;
}

const dev: TargetCluster = { kubeconfig: 'dev.yaml', from: 'KUBECONFIG=dev.yaml', isLocal: false, runsPods: true };

describe('saying which cluster it is', () => {
  it('names server, context and file', async (test) => {
    const view = { 'current-context': 'kind-dev', clusters: [{ cluster: { server: 'https://127.0.0.1:6443' } }] };
    const kubectl = await fakeKubectl(test, JSON.stringify(view));
    assert.equal(
      await describeTarget(dev, kubectl),
      'cluster: https://127.0.0.1:6443 (context kind-dev, from KUBECONFIG=dev.yaml)',
    );
  });

  it('fails before anything is done when the kubeconfig names none', async (test) => {
    const kubectl = await fakeKubectl(test, JSON.stringify({ clusters: null }));
    await assert.rejects(describeTarget(dev, kubectl), { code: 'NotRunning', message: /dev\.yaml names no cluster/ });
  });

  it('repeats what kubectl says of a file that it cannot read', async (test) => {
    const kubectl = await fakeKubectl(test, '', 1);
    await assert.rejects(describeTarget(dev, kubectl), {
      message: /names no cluster: KUBECONFIG=dev\.yaml config view/,
    });
  });
});

describe('the kubectl for a cluster', () => {
  it('is the one on PATH for any cluster but the local one', async (test) => {
    const kubectl = await fakeKubectl(test, '');
    assert.equal(await kubectlFor(dev, { PATH: join(kubectl, '..') }), kubectl);
  });
});
