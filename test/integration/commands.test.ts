import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { repositoryRoot } from '../../tools/generated-file.ts';
import { useControlPlane } from '../support/control-plane.ts';
import { until } from '../support/until.ts';

// `make install`, `deploy`, `undeploy` and `uninstall` on a real API server. Its own, because they take the CRD away.

const plane = await useControlPlane(['etcd', 'kube-apiserver', 'kube-controller-manager'], { own: true });

interface Outcome {
  readonly code: number;
  readonly output: string;
}

function tool(file: string, ...args: readonly string[]): Promise<Outcome> {
  const env = { ...process.env, KUBECONFIG: plane.kubeconfig, IMG: 'registry.example:5000/team/operator:v7' };
  return new Promise((resolve) => {
    execFile(process.execPath, [join(repositoryRoot, 'tools', file), ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), output: `${stdout}${stderr}` });
    });
  });
}

const crdPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/mcpservers.mcp.mcp.dev';
const deploymentPath = '/apis/apps/v1/namespaces/smooth-operator-system/deployments/smooth-operator-controller-manager';
const status = async (path: string) => (await plane.request('GET', path)).status;

const server = {
  apiVersion: 'mcp.mcp.dev/v1alpha1',
  kind: 'MCPServer',
  metadata: { name: 'weather' },
  spec: { image: 'example.com/weather:1.0' },
};
const createServer = () => plane.request('POST', '/apis/mcp.mcp.dev/v1alpha1/namespaces/default/mcpservers', server);

describe('make install and make uninstall', () => {
  it('install the CRD so that MCPServers can be created at once', async () => {
    const { code, output } = await tool('crd-install.ts', 'install');
    assert.equal(code, 0, output);
    assert.ok(output.includes(`cluster: ${plane.url} (context smooth-operator, from KUBECONFIG=`), output);
    assert.equal((await createServer()).status, 201);
  });

  it('can be run again', async () => {
    const { code, output } = await tool('crd-install.ts', 'install');
    assert.equal(code, 0, output);
    assert.equal((await createServer()).status, 409, 'the MCPServer is still there');
  });

  it('put right what somebody changed in the CRD with another tool', async () => {
    const change = [{ op: 'replace', path: '/spec/names/shortNames', value: ['other'] }];
    await plane.send('PATCH', `${crdPath}?fieldManager=other`, change, 'application/json-patch+json');
    const { code, output } = await tool('crd-install.ts', 'install');
    assert.equal(code, 0, output);
    const crd = await plane.send<{ spec: { names: { shortNames: string[] } } }>('GET', crdPath);
    assert.deepEqual(crd.spec.names.shortNames, ['smcp']);
  });

  it('remove it with its MCPServers, and say how many those are', async () => {
    const { code, output } = await tool('crd-install.ts', 'uninstall');
    assert.equal(code, 0, output);
    assert.match(output, /removing 1 MCPServers with the CRD/);
    await until(async () => (await status(crdPath)) === 404, { what: 'the CRD to be gone' });
  });

  it('have nothing to remove twice', async () => {
    const { code, output } = await tool('crd-install.ts', 'uninstall');
    assert.equal(code, 0, output);
    assert.doesNotMatch(output, /MCPServers with/);
  });
});

describe('make deploy and make undeploy', () => {
  it('install everything, with the image that IMG names', async () => {
    const { code, output } = await tool('deploy.ts', 'deploy', '--no-wait');
    assert.equal(code, 0, output);
    assert.match(output, /^deploying registry\.example:5000\/team\/operator:v7$/m);
    const { spec } = await plane.send<{ spec: { template: { spec: { containers: { image: string }[] } } } }>(
      'GET',
      deploymentPath,
    );
    assert.deepEqual(
      spec.template.spec.containers.map(({ image }) => image),
      ['registry.example:5000/team/operator:v7'],
    );
    assert.equal(await status(crdPath), 200);
    const roles = '/apis/rbac.authorization.k8s.io/v1/clusterroles/smooth-operator-manager-role';
    assert.equal(await status(roles), 200);
  });

  it('leave the tracked files as they are', async () => {
    const config = join(repositoryRoot, 'config');
    const entries = await readdir(config, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
    assert.ok(texts.some((text) => text.includes('image: controller:')));
    assert.ok(!texts.some((text) => text.includes('team/operator:v7')));
  });

  it('keep an operator on this machine from running beside it', async () => {
    const { code, output } = await tool('run.ts');
    assert.equal(code, 1, output);
    assert.match(output, /an operator runs in this cluster already/);
  });

  it('remove everything again, and have nothing to remove twice', async () => {
    for (const attempt of ['first', 'second']) {
      const { code, output } = await tool('deploy.ts', 'undeploy');
      assert.equal(code, 0, `${attempt}: ${output}`);
    }
    for (const path of [crdPath, deploymentPath, '/api/v1/namespaces/smooth-operator-system']) {
      await until(async () => (await status(path)) === 404, { what: `${path} to be gone` });
    }
  });
});
