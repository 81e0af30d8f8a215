import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ClusterError } from '../../../cluster/cluster-error.ts';
import { run } from '../../../cluster/process/run.ts';
import { type ProcessLine, program, startProcess } from '../../support/operator-process.ts';

/** `bin/smooth-operator` when something is wrong at the start: what it says, and with which code it ends. No cluster. */

let files = '';
before(async () => {
  files = await mkdtemp(join(tmpdir(), 'smooth-kubeconfigs-'));
});
after(() => rm(files, { recursive: true, force: true }));

async function kubeconfig(name: string, text: string): Promise<string> {
  const path = join(files, name);
  await writeFile(path, text);
  return path;
}

/** A kubeconfig of a server that does not exist. Nothing listens on port 1. */
const nowhere = {
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'c',
  clusters: [{ name: 'c', cluster: { server: 'http://127.0.0.1:1' } }],
  users: [{ name: 'u', user: { token: 'canary-token-4711' } }],
  contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
};

describe('bad flags: exit 2, nothing on standard output, the flag and a good value named', { concurrency: 4 }, () => {
  const rows: readonly (readonly [readonly string[], Readonly<Record<string, string>>, RegExp])[] = [
    [['--leader-elekt'], {}, /unknown flag '--leader-elekt'.*--leader-elect/s],
    [['--max-concurrent-reconciles=0'], {}, /--max-concurrent-reconciles=0: /],
    [['--metrics-bind-address=8080x'], {}, /--metrics-bind-address=8080x: .*--metrics-bind-address=/],
    [['--watch-namespaces=a,B_'], {}, /--watch-namespaces=a,B_: .*B_/],
    [['--kubeconfig'], {}, /--kubeconfig/],
    [['extra'], {}, /extra|argument/],
    [[], { LOG_LEVEL: 'loud' }, /LOG_LEVEL=loud: .*debug.*--log-level=info/],
    [['--log-level=loud', '--max-concurrent-reconciles=x'], {}, /--max-concurrent-reconciles=x.*--log-level=loud/s],
  ];
  for (const [args, env, words] of rows) {
    test(`${args.join(' ')} ${Object.entries(env).map((pair) => pair.join('='))}`, async () => {
      const operator = await startProcess({ args, env });
      assert.equal(await operator.ended, 2);
      assert.match(operator.stderr(), words);
      assert.equal(operator.stdout(), '');
    });
  }
});

test('--help is help, with every flag, its default and its environment variable', async () => {
  const operator = await startProcess({ args: ['--help'] });
  assert.equal(await operator.ended, 0);
  assert.match(operator.stdout(), /--metrics-bind-address <\S+>\s.*default: :8080, env:\s+METRICS_BIND_ADDRESS/s);
  assert.match(operator.stdout(), /--watch-namespaces <a,b>/);
  assert.equal(operator.stderr(), '');
});

describe('a kubeconfig that cannot be used: exit 1 at once, and the file is named', { concurrency: 4 }, () => {
  const rows: Readonly<Record<string, readonly [string | undefined, RegExp]>> = {
    'missing.yaml': [undefined, /missing\.yaml.*(does not exist|no such file)/],
    'malformed.yaml': ['{ not: [yaml', /malformed\.yaml/],
    'empty.yaml': ['', /empty\.yaml/],
    'no-context.yaml': [JSON.stringify({ ...nowhere, 'current-context': 'other' }), /no-context\.yaml.*other/],
  };
  for (const [name, [text, words]] of Object.entries(rows)) {
    test(name, async () => {
      const path = text === undefined ? join(files, name) : await kubeconfig(name, text);
      const operator = await startProcess({ args: [`--kubeconfig=${path}`] });
      assert.equal(await operator.ended, 1);
      const { level, error } = await operator.untilLine('cannot start');
      assert.equal(level, 'error');
      assert.match(JSON.stringify(error), words);
    });
  }

  test('none at all', async () => {
    const operator = await startProcess({});
    assert.equal(await operator.ended, 1);
    const { error } = await operator.untilLine('cannot start');
    assert.match(JSON.stringify(error), /no cluster to work with.*--kubeconfig/);
  });
});

test('a cluster that cannot be reached: it stays, says so once for each cache, is alive and not ready, and stops well', async () => {
  const path = await kubeconfig('nowhere.yaml', JSON.stringify(nowhere));
  const operator = await startProcess({ args: [`--kubeconfig=${path}`, '--log-level=debug'] });
  const reason = /cannot reach the API server at http:\/\/127\.0\.0\.1:1: connection refused/;
  const { error } = await operator.untilLine('Watching failed, trying again');
  assert.match(JSON.stringify(error), reason);

  const ready = await operator.page('health', '/readyz');
  assert.equal(ready.status, 500);
  assert.match(ready.text, /\[-\]caches-synced failed: waiting for the list of mcpservers\.mcp\.mcp\.dev/);
  assert.match(ready.text, reason);
  assert.equal((await operator.page('health', '/healthz')).text, 'ok');

  await operator.untilLine('Watching failed, trying again', ({ level }) => level === 'debug');
  const isTold = ({ msg, level }: ProcessLine) => msg === 'Watching failed, trying again' && level === 'warn';
  const told = operator.lines().filter(isTold);
  assert.equal(new Set(told.map(({ resource }) => resource)).size, told.length, 'each cache once');
  assert.equal((await operator.page('health', '/readyz/caches-synced')).status, 500);

  operator.kill('SIGTERM');
  assert.equal(await operator.ended, 0);
  assert.doesNotMatch(operator.stderr(), /canary-token-4711/);
});

for (const flag of ['metrics-bind-address', 'health-probe-bind-address']) {
  test(`an address in use: exit 1, and --${flag} is named`, async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const path = await kubeconfig(`${flag}.yaml`, JSON.stringify(nowhere));
    const operator = await startProcess({ args: [`--kubeconfig=${path}`, `--${flag}=127.0.0.1:${port}`] });
    assert.equal(await operator.ended, 1);
    taken.close();
    const { error } = await operator.untilLine('could not start');
    assert.match(JSON.stringify(error), new RegExp(`127\\.0\\.0\\.1:${port} is already in use.*--${flag}`));
  });
}

test('flags come from the environment too: the command line wins', async () => {
  const path = await kubeconfig('env.yaml', JSON.stringify(nowhere));
  const operator = await startProcess({
    args: ['--watch-namespaces=a'],
    env: { KUBECONFIG: path, WATCH_NAMESPACES: 'b', LOG_LEVEL: 'debug', MAX_CONCURRENT_RECONCILES: '3' },
  });
  const { namespaces, server, from } = await operator.untilLine('starting');
  assert.deepEqual([namespaces, server], [['a'], 'http://127.0.0.1:1']);
  assert.match(String(from), /env\.yaml/);
  await operator.untilLine('Watching failed, trying again', ({ level }) => level === 'debug');
  operator.kill('SIGINT');
  assert.equal(await operator.ended, 0);
});

test('on a terminal the log is for people', async (t) => {
  const command = `${program} --kubeconfig=/nowhere/config`;
  try {
    // The one program that every Linux has which gives a terminal to another.
    const { stdout } = await run('script', ['-qec', command, '/dev/null'], {
      env: { PATH: process.env.PATH, HOME: files },
    });
    assert.match(stdout, /^\S*\[?\d\d:\d\d:\d\d\.\d{3}\]?.*ERROR.*cannot start/m);
    assert.doesNotMatch(stdout, /^\{/m);
  } catch (thrown) {
    if (!(thrown instanceof ClusterError && thrown.code === 'ToolMissing')) throw thrown;
    t.skip('there is no program "script" (util-linux) to give it a terminal');
  }
});
