import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { deploy, undeploy } from '../../tools/deploy.ts';
import { dockerBuild } from '../../tools/docker-build.ts';
import { countServers } from '../../tools/kubectl.ts';
import { until } from '../support/until.ts';
import { installed } from './support/deployed-operator.ts';
import { noPods } from './support/no-pods.ts';
import { useOperator } from './support/operator-stage.ts';

/**
 * `make docker-build IMG=… && make deploy IMG=… && make undeploy`. The last file of the e2e tests by its name, because
 * it removes the CRD, and with it every MCPServer.
 */

const stage = useOperator();
const account = 'system:serviceaccount:smooth-operator-system:smooth-operator-controller-manager';

test('an image of any name is built, deployed, and removed without a trace', { skip: noPods }, async (t) => {
  const { kubectl, inUse } = stage();
  if (inUse) return t.skip(inUse);
  const archiveDir = await mkdtemp(join(tmpdir(), 'smooth-docker-build-'));
  t.after(() => rm(archiveDir, { recursive: true, force: true }));
  const tag = `e2e-${randomBytes(4).toString('hex')}`;
  const image = `registry.example:5000/team/smooth-operator:${tag}`;
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  const { signal } = new AbortController();

  await dockerBuild(image, { tool: 'none', archiveDir, print, signal });
  // Beside it lies an SBOM, where the packages that it is about can be had.
  const archives = (await readdir(archiveDir)).filter((name) => !name.endsWith('.spdx.json'));
  assert.deepEqual(archives, [`smooth-operator-${tag}.tar`]);
  assert.equal(lines.at(-1), `loaded ${image} into the local cluster; next: make deploy IMG=${image}`);

  await deploy(kubectl, { image, wait: true, print });
  assert.equal((await installed(kubectl)).image, image);
  const playground = await stage().playground(t);
  await playground.applyServer('one', { image: 'smooth-operator/sample-server:dev' });
  await playground.untilPhase('one', 'Running');

  // What it may do is what it does, and no more.
  const mayIt = async (...args: string[]) =>
    (await kubectl.ask('auth', 'can-i', `--as=${account}`, '-n', playground.namespace, ...args)).stdout.trim();
  assert.equal(await mayIt('create', 'deployments.apps'), 'yes');
  for (const [verb = '', resource = ''] of [
    ['create', 'pods'],
    ['delete', 'deployments.apps'],
    ['delete', 'mcpservers.mcp.mcp.dev'],
    ['update', 'secrets'],
    ['create', 'clusterroles.rbac.authorization.k8s.io'],
  ]) {
    assert.equal(await mayIt(verb, resource), 'no', `${verb} ${resource}`);
  }

  // The servers of the files before this one go with their namespaces, which nobody waited for.
  await until(async () => (await countServers(kubectl)) === 1, {
    what: 'the MCPServers of earlier tests to be gone',
    deadlineMs: 120_000,
  });
  await undeploy(kubectl, print);
  assert.ok(lines.includes('removing 1 MCPServers with the CRD, and all that they run'), lines.join('\n'));
  assert.deepEqual(await installed(kubectl), { image: undefined, hasCrd: false });
  const left = await kubectl.ask('get', '--kustomize', 'config/default', '--ignore-not-found', '-o', 'name');
  assert.equal(left.stdout, '');
  await until(async () => (await playground.kubectl('get', 'deploy,rs,svc,pods', '-o', 'name')) === '', {
    what: 'everything that was made for the MCPServer to be gone',
    deadlineMs: 120_000,
  });
  // Safe to run again.
  await undeploy(kubectl, print);
});
