import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { ClusterError } from '../cluster/cluster-error.ts';
import { type RecordedKubectlOptions, recordedKubectl } from '../test/support/recorded-kubectl.ts';
import { deploy, deployment, imageToDeploy, kustomizationFor, operatorNamespace, undeploy } from './deploy.ts';
import { repositoryRoot } from './generated-file.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const silent = () => undefined;

describe('the image to deploy', () => {
  for (const image of ['a', 'a/b:v1', 'registry.example:5000/team/operator:v1.2', `registry.example/a@${digest}`]) {
    it(`may be ${image}`, () => assert.equal(imageToDeploy({ IMG: image }), image));
  }

  for (const image of ['a b', 'a/UPPER', 'a:', 'https://registry.example/a:v1', 'a@sha256:short', 'a\nb']) {
    it(`may not be ${JSON.stringify(image)}, and the error shows it`, () => {
      assert.throws(() => imageToDeploy({ IMG: image }), {
        code: 'BadReference',
        message: new RegExp(`^IMG=${JSON.stringify(image).replaceAll(/[\\/.]/g, '\\$&')} is no image reference`),
      });
    });
  }

  it('must be named', () => {
    for (const env of [{}, { IMG: undefined }, { IMG: '' }]) {
      assert.throws(() => imageToDeploy(env), { code: 'BadReference', message: /^IMG is not set: .* IMG=registry/ });
    }
  });
});

interface Kustomization {
  readonly resources: readonly string[];
  readonly images: readonly Readonly<Record<string, string>>[];
}

describe('the kustomization', () => {
  const imageOf = (image: string) => (parse(kustomizationFor(image, 'x/y')) as Kustomization).images[0];

  it('is config/default, seen from its directory', () => {
    const { resources } = parse(kustomizationFor('a:v1', '.local/deploy')) as Kustomization;
    assert.deepEqual(resources, ['../../config/default']);
  });

  it('puts name and tag apart, and is not misled by a port', () => {
    assert.deepEqual(imageOf('registry.example:5000/a/b:v1'), {
      name: 'controller',
      newName: 'registry.example:5000/a/b',
      newTag: 'v1',
    });
    assert.equal(imageOf('registry.example:5000/a/b')?.newName, 'registry.example:5000/a/b');
  });

  it('says latest where there is no tag, so that the placeholder’s own tag never stays', () => {
    assert.deepEqual(imageOf('a/b'), { name: 'controller', newName: 'a/b', newTag: 'latest' });
  });

  it('takes the digest where there is one', () => {
    assert.deepEqual(imageOf(`a/b:v1@${digest}`), { name: 'controller', newName: 'a/b', digest });
    assert.deepEqual(imageOf(`a/b@${digest}`), { name: 'controller', newName: 'a/b', digest });
  });

  it('replaces an image that config/manager really has', async () => {
    const manager = await readFile(join(repositoryRoot, 'config', 'manager', 'manager.yaml'), 'utf8');
    assert.match(manager, /^ +image: controller:/m);
  });
});

const crdServed =
  'get crd/mcpservers.mcp.mcp.dev --output jsonpath={.status.conditions[?(@.type=="Established")].status}';
/** The answer of a cluster that serves the CRD. */
const served = [/get crd\//, { stdout: 'True' }] as const;

describe('deploying', () => {
  const cluster = (options: RecordedKubectlOptions = {}) =>
    recordedKubectl({ ...options, answers: [served, ...(options.answers ?? [])] });
  const options = { image: 'a:v1', wait: true, print: silent };

  it('applies, then waits until the CRD is served and the operator is ready', async () => {
    const kubectl = cluster();
    await deploy(kubectl, options);
    assert.deepEqual(kubectl.calls, [
      'apply --server-side --force-conflicts --kustomize .local/deploy',
      crdServed,
      `--namespace ${operatorNamespace} rollout status ${deployment} --timeout=180s`,
    ]);
  });

  it('names the image, and what comes next', async () => {
    const lines: string[] = [];
    await deploy(cluster(), { ...options, print: (line) => lines.push(line) });
    assert.equal(lines[0], 'deploying a:v1');
    assert.match(lines.at(-1) ?? '', /^next: kubectl apply --kustomize config\/samples/);
  });

  it('does not wait when told so', async () => {
    const kubectl = cluster();
    await deploy(kubectl, { ...options, wait: false });
    assert.deepEqual(kubectl.calls.slice(1), [crdServed]);
  });

  it('does not wait for pods that a cluster never starts, and says so', async () => {
    const lines: string[] = [];
    const kubectl = cluster({ runsPods: false });
    await deploy(kubectl, { ...options, print: (line) => lines.push(line) });
    assert.deepEqual(kubectl.calls.slice(1), [crdServed]);
    assert.match(lines.at(-1) ?? '', /starts no pods/);
  });

  it('tells what the pods say when the operator does not get ready, and what to do', async () => {
    const kubectl = cluster({
      failing: /rollout status/,
      answers: [
        [/get pods/, { stdout: 'NAME   READY   STATUS\nop-1   0/1     ImagePullBackOff\n' }],
        [/get events/, { stdout: 'Failed to pull image "a:v1"\n' }],
        [/logs/, { code: 1, stderr: 'container is waiting to start\n' }],
      ],
    });
    await assert.rejects(deploy(kubectl, options), (thrown: unknown) => {
      assert.ok(thrown instanceof ClusterError);
      const text = thrown.format();
      for (const word of ['did not get ready', 'ImagePullBackOff', 'Failed to pull', 'waiting to start']) {
        assert.ok(text.includes(word), `${word} in ${text}`);
      }
      assert.match(text, /what to do: .*make docker-push IMG=a:v1.*make docker-build IMG=a:v1/);
      return true;
    });
  });

  it('stops when the apply fails', async () => {
    const kubectl = cluster({ failing: /^apply/ });
    await assert.rejects(deploy(kubectl, options), { code: 'CommandFailed' });
    assert.equal(kubectl.calls.length, 1);
  });
});

describe('undeploying', () => {
  it('removes all of config/default, and does not mind what is not there', async () => {
    const kubectl = recordedKubectl();
    await undeploy(kubectl, silent);
    assert.equal(kubectl.calls.at(-1), 'delete --ignore-not-found --kustomize config/default');
  });

  it('says how many MCPServers go with it', async () => {
    const lines: string[] = [];
    await undeploy(recordedKubectl({ answers: [[/^get/, { stdout: 'a\n' }]] }), (line) => lines.push(line));
    assert.match(lines[0] ?? '', /^removing 1 MCPServers with the CRD/);
  });
});
