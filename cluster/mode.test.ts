import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import { chooseMode, type Host, hasKind } from './mode.ts';

const host = (platform: NodeJS.Platform, uid: number | undefined, kind: boolean): Host => ({
  platform,
  uid,
  hasKind: async () => kind,
});

test('the best that the machine can have, and one line that says why not a better one', async () => {
  const cases: [Host, string, RegExp | undefined][] = [
    [host('linux', 0, false), 'full', undefined],
    [host('linux', 1000, true), 'kind', /not root\): using kind, in Docker$/],
    [host('linux', 1000, false), 'control-plane', /not root, no Docker with kind\).*pods are not started$/],
    [host('darwin', 501, true), 'kind', /not Linux but macOS\): using kind/],
    [host('darwin', 501, false), 'control-plane', /not Linux but macOS, no Docker with kind\)/],
    [host('darwin', 0, false), 'control-plane', /not Linux but macOS/],
    [host('win32', undefined, false), 'control-plane', /not Linux but win32/],
  ];
  for (const [given, mode, why] of cases) {
    const choice = await chooseMode(given);
    assert.equal(choice.mode, mode);
    if (why === undefined) assert.equal(choice.why, undefined);
    else assert.match(choice.why ?? '', why);
    assert.doesNotMatch(choice.why ?? '', /\n/);
  }
});

test('where pods can run here, nobody asks for Docker', async () => {
  const asked = { ...host('linux', 0, false), hasKind: () => assert.fail('asked') };
  assert.equal((await chooseMode(asked)).mode, 'full');
});

test('kind counts when it is installed and a Docker engine answers', async (t) => {
  const bin = await temporaryDirectory(t);
  const program = (name: string, script: string) =>
    writeFile(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const env = { PATH: bin };
  assert.equal(await hasKind(env), false);
  await program('docker', 'test "$1" = info');
  assert.equal(await hasKind(env), false, 'no kind');
  await program('kind', 'exit 0');
  assert.equal(await hasKind(env), true);
  await program('docker', 'echo "Cannot connect to the Docker daemon" >&2; exit 1');
  assert.equal(await hasKind(env), false, 'no engine');
});
