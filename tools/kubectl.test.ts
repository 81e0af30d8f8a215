import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { recordedKubectl } from '../test/support/recorded-kubectl.ts';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import { repositoryRoot } from './generated-file.ts';
import { countServers } from './kubectl.ts';

describe('how many MCPServers there are', () => {
  const names = 'mcpserver.mcp.mcp.dev/a\nmcpserver.mcp.mcp.dev/b\n';

  it('is counted in all namespaces', async () => {
    const kubectl = recordedKubectl({
      answers: [[/^get mcpservers\.mcp\.mcp\.dev --all-namespaces/, { stdout: names }]],
    });
    assert.equal(await countServers(kubectl), 2);
  });

  it('is none when there is none, and when the CRD is not installed', async () => {
    assert.equal(await countServers(recordedKubectl()), 0);
    assert.equal(await countServers(recordedKubectl({ answers: [[/^get/, { code: 1, stdout: names }]] })), 0);
  });
});

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs one of the tools with a kubectl that knows one cluster, prints its command lines, and fails for those that
 * match.
 */
async function tool(
  test: TestContext,
  args: readonly string[],
  { failing = 'nothing', env = {} }: { failing?: string; env?: Readonly<Record<string, string | undefined>> } = {},
): Promise<Outcome> {
  const dir = await temporaryDirectory(test);
  const view = { 'current-context': 'dev', clusters: [{ cluster: { server: 'https://cluster.example' } }] };
  const script = `#!/bin/sh
case "$*" in
  config*) echo '${JSON.stringify(view)}' ;;
  'get crd/'*) printf True ;;
  *${failing}*) echo 'refused' >&2; exit 1 ;;
  *) echo "kubectl $*" ;;
esac
`;
  await writeFile(join(dir, 'kubectl'), script);
  await chmod(join(dir, 'kubectl'), 0o755);
  const [file = '', ...rest] = args;
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(repositoryRoot, 'tools', file), ...rest],
      { env: { ...process.env, PATH: `${dir}:${process.env.PATH}`, KUBECONFIG: 'dev.yaml', ...env }, cwd: dir },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

describe('the commands', () => {
  it('say which cluster they talk to before they do anything', async (test) => {
    const { stdout, code } = await tool(test, ['crd-install.ts', 'install']);
    const lines = stdout.split('\n');
    assert.equal(code, 0);
    assert.equal(lines[0], 'cluster: https://cluster.example (context dev, from KUBECONFIG=dev.yaml)');
    assert.match(lines[1] ?? '', /^kubectl apply --server-side/);
  });

  it('work from any directory', async (test) => {
    const { stdout } = await tool(test, ['crd-install.ts', 'uninstall']);
    assert.match(stdout, /^kubectl delete --ignore-not-found --filename config\/crd\/bases$/m);
  });

  it('end with 1 and what failed when kubectl fails, which has said why', async (test) => {
    const { code, stderr } = await tool(test, ['crd-install.ts', 'install'], { failing: 'apply' });
    assert.equal(code, 1);
    assert.match(stderr, /^refused\nerror: kubectl apply --server-side .* failed$/m);
  });

  it('end with 2 for a command that there is not', async (test) => {
    const { code, stderr } = await tool(test, ['crd-install.ts', 'instal']);
    assert.equal(code, 2);
    assert.match(stderr, /unknown command 'instal'/);
  });

  it('name IMG with an example when it is missing, and end with 2', async (test) => {
    for (const IMG of [undefined, '']) {
      const { code, stderr, stdout } = await tool(test, ['deploy.ts', 'deploy'], { env: { IMG } });
      assert.equal(code, 2);
      assert.match(stderr, /^error: IMG is not set: .*IMG=registry\.example\/team\/smooth-operator:v1$/m);
      assert.equal(stdout, '', 'nothing is asked of the cluster');
    }
  });

  it('refuse to run beside a deployed operator, naming it and the fix', async (test) => {
    const { code, stderr } = await tool(test, ['run.ts']);
    // The kubectl of this test prints its command line for the number of replicas: not a number, so an operator.
    assert.equal(code, 1);
    assert.match(stderr, /an operator runs in this cluster already/);
    assert.match(stderr, /what to do: .*kubectl --namespace smooth-operator-system scale .*--replicas=0/);
  });
});

describe('make run', () => {
  it('becomes the operator, with its arguments', async (test) => {
    const { code, stdout } = await tool(test, ['run.ts', '--help']);
    assert.equal(code, 0);
    assert.match(stdout, /^Usage: smooth-operator/);
  });

  it('ends with the exit code of the operator', async (test) => {
    const { code, stderr } = await tool(test, ['run.ts', '--kubeconfig=/none', '--no-such-flag']);
    assert.equal(code, 2);
    assert.match(stderr, /no-such-flag/);
  });
});
