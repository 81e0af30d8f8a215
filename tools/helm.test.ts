import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import { needsCluster, runHelm } from './helm.ts';

describe('a Helm command', () => {
  for (const [line, needs] of [
    ['install a charts/smooth-operator', true],
    ['list --all-namespaces', true],
    ['--namespace x list', true],
    ['template a charts/smooth-operator', false],
    ['lint --strict charts/smooth-operator', false],
    ['package charts/smooth-operator', false],
    ['install --help', false],
    ['--help', false],
    ['', false],
  ] as const) {
    test(`${JSON.stringify(line)} ${needs ? 'needs a cluster' : 'needs none'}`, () => {
      assert.equal(needsCluster(line.split(' ').filter(Boolean)), needs);
    });
  }

  test('is run with the cluster that is meant, and its exit code is passed on', async (t) => {
    const directory = await temporaryDirectory(t);
    const path = join(directory, 'helm');
    const body = `[ "$1" = version ] && { echo v4.0.0; exit; }\necho "$KUBECONFIG $*" > "${directory}/call"\nexit 3`;
    await writeFile(path, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    const before = process.env.HELM;
    process.env.HELM = path;
    t.after(() => {
      if (before === undefined) delete process.env.HELM;
      else process.env.HELM = before;
    });
    const target = { kubeconfig: 'dev.yaml', from: 'KUBECONFIG=dev.yaml', isLocal: false, runsPods: true };
    assert.equal(await runHelm(['list', '-A'], target), 3);
    assert.equal(await readFile(join(directory, 'call'), 'utf8'), 'dev.yaml list -A\n');
  });
});
