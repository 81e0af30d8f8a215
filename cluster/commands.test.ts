import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Command, CommanderError } from 'commander';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import { writeRecord } from './cluster-record.ts';
import { addCommands } from './commands.ts';
import { layoutOf } from './layout.ts';

/** The commands, in a checkout of their own, and what they print. */
async function commands(t: Parameters<typeof temporaryDirectory>[0]) {
  const root = await realpath(await temporaryDirectory(t));
  const layout = { ...layoutOf(root, 12345), owner: join(root, 'owner') };
  const out: string[] = [];
  const report: string[] = [];
  const written: string[] = [];
  const program = new Command('cluster').exitOverride();
  program.configureOutput({ writeOut: (text) => written.push(text), writeErr: (text) => written.push(text) });
  addCommands(program, {
    out: (line) => out.push(line),
    report: (line) => report.push(line),
    signal: new AbortController().signal,
    layout,
  });
  return { layout, out, report, written, call: (...args: string[]) => program.parseAsync(args, { from: 'user' }) };
}

test('--help teaches: every command, where binaries come from, and examples', async (t) => {
  const { written, call } = await commands(t);
  await assert.rejects(call('--help'), (thrown: unknown) => thrown instanceof CommanderError && thrown.exitCode === 0);
  const help = written.join('');
  for (const name of ['up', 'down', 'status', 'logs', 'kubectl', 'load-image', 'binaries']) {
    assert.match(help, new RegExp(`^  ${name} `, 'm'));
  }
  for (const text of [
    'SMOOTH_KUBERNETES_BIN',
    'KUBEBUILDER_ASSETS',
    'K8S_VERSION chooses the version: 1.36, 1.35, 1.34. Default: 1.36.',
    'export KUBECONFIG=',
    'node cluster/cli.ts down',
  ]) {
    assert.ok(help.includes(text), text);
  }
});

test('what is not known is refused, and nothing is done', async (t) => {
  const cases: [string[], RegExp][] = [
    [['up', '--frob'], /unknown option '--frob'/],
    [['up', '--mode', 'docker'], /argument 'docker' is invalid\. It is one of full, kind, control-plane\./],
    [['upp'], /unknown command 'upp'/],
    [['down', 'now'], /too many arguments/],
    [['load-image'], /missing required argument 'file'/],
    [['logs', 'etcd', '--lines', '0'], /argument '0' is invalid\. It is a number of lines, 1 or more\./],
    [['logs', 'etcd', '--lines', 'many'], /argument 'many' is invalid/],
  ];
  for (const [args, message] of cases) {
    const { written, out, call } = await commands(t);
    await assert.rejects(call(...args), { name: 'CommanderError' }, args.join(' '));
    assert.match(written.join(''), message);
    assert.deepEqual(out, []);
  }
});

test('where no cluster is up, each command says how to start one', async (t) => {
  for (const args of [['status'], ['kubectl', 'get', 'pods'], ['logs', 'etcd'], ['load-image', '/x.tar']]) {
    const { call } = await commands(t);
    await assert.rejects(call(...args), { code: 'NotRunning', fix: 'start it: npm run cluster-up' }, args.join(' '));
  }
});

test('down without a cluster says so', async (t) => {
  const { call, report } = await commands(t);
  await call('down');
  assert.deepEqual(report, ['no cluster of this checkout is there']);
});

test('status says what there is and what runs of it', async (t) => {
  const { layout, out, call } = await commands(t);
  await writeRecord(layout.record, { mode: 'control-plane', version: 'v1.36.3' });
  await call('status');
  assert.deepEqual(out, ['Kubernetes v1.36.3, control-plane', `kubeconfig: ${layout.kubeconfig}`, 'running: nothing']);
});

test('logs prints the last lines and says where the rest is', async (t) => {
  const { layout, out, report, call } = await commands(t);
  await mkdir(layout.logs, { recursive: true });
  await writeFile(join(layout.logs, 'kubelet.log'), 'one\ntwo\nthree\n');
  await call('logs', 'kubelet', '--lines', '2');
  assert.deepEqual(out, ['two', 'three']);
  assert.deepEqual(report, [`the rest is in ${join(layout.logs, 'kubelet.log')}`]);
});

test('a component without a log is told those that have one', async (t) => {
  const { layout, call } = await commands(t);
  await mkdir(layout.logs, { recursive: true });
  await writeFile(join(layout.logs, 'etcd.log'), '');
  await assert.rejects(call('logs', 'kubelt'), { message: 'there is no log of "kubelt"', fix: 'name one of etcd' });
});

/** The program itself, as a person calls it. */
async function cli(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'cli.ts'), ...args], {
    env: { ...process.env, ...env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code]: (number | null)[] = await once(child, 'close');
  return { code, stdout, stderr };
}

test('the exit code is 0 for help, 2 for a wrong command line, 1 for a failure', async (t) => {
  assert.equal((await cli(['--help'])).code, 0);
  const wrong = await cli(['up', '--frob']);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /unknown option '--frob'/);
  const empty = await temporaryDirectory(t);
  const failed = await cli(['binaries'], { SMOOTH_KUBERNETES_BIN: empty });
  assert.equal(failed.code, 1);
  assert.equal(failed.stdout, '');
  assert.match(failed.stderr, /^error: SMOOTH_KUBERNETES_BIN=.* has no executable kube-apiserver, .*\nwhat to do: /);
});
