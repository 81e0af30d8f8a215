import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { goTools, isAtLeast, moduleDirectory, pinnedVersion, versionIn } from './catalog.ts';

describe('every tool', () => {
  for (const tool of Object.values(goTools)) {
    const read = (file: string) => readFile(join(moduleDirectory(tool), file), 'utf8');

    test(`${tool.title} is pinned by a go.mod and a go.sum that agree`, async () => {
      const version = pinnedVersion(await read('go.mod'), tool.module);
      assert.match(version, /^v\d+\.\d+\.\d+$/);
      assert.ok((await read('go.sum')).includes(`${tool.module} ${version} h1:`), 'go.sum has its sources');
    });

    test(`${tool.title} is imported, so that "go mod tidy" keeps it`, async () => {
      assert.ok((await read('tools.go')).includes(`import _ "${tool.package}"`));
    });

    test(`${tool.title} is named by its own module`, () => {
      assert.ok(tool.package.startsWith(tool.module));
      assert.ok(tool.versionVariable.startsWith(tool.module));
    });
  }
});

test('the version of a module is read from go.mod, alone or in a block', () => {
  assert.equal(pinnedVersion('module a\n\nrequire b.c/d v1.2.3\n', 'b.c/d'), 'v1.2.3');
  assert.equal(pinnedVersion('require (\n\tb.c/d/v2 v2.0.1\n\tb.c/d v1.2.3 // indirect\n)\n', 'b.c/d'), 'v1.2.3');
  assert.throws(() => pinnedVersion('require b.c/d/v2 v2.0.1\n', 'b.c/d'), RangeError);
});

test('a version is found in what programs print', () => {
  assert.equal(versionIn('v4.3.1+g1234567\n'), 'v4.3.1');
  assert.equal(versionIn('v3.17.0\n'), 'v3.17.0');
  assert.equal(versionIn('1.7.12\ninstalled by building from source\n'), 'v1.7.12');
  assert.equal(versionIn('Helm the Bold\n'), undefined);
});

test('versions are compared as numbers', () => {
  for (const [version, least, is] of [
    ['v3.17.0', '3.17.0', true],
    ['v3.9.4', '3.17.0', false],
    ['v3.18.0', '3.17.9', true],
    ['v4.0.0', '3.17.0', true],
    ['v3.16.99', 'v3.17.0', false],
  ] as const) {
    assert.equal(isAtLeast(version, least), is, `${version} against ${least}`);
  }
});

test('Helm is taken from 3.17 on, actionlint in the pinned version alone', () => {
  const { helm, actionlint } = goTools;
  assert.deepEqual(
    ['v2.17.0', 'v3.16.4', 'v3.17.0', 'v3.20.1', 'v4.0.0'].map((version) => helm.accepts(version)),
    [false, false, true, true, true],
  );
  assert.equal(actionlint.accepts('v1.7.12', 'v1.7.12'), true);
  assert.equal(actionlint.accepts('v1.7.11', 'v1.7.12'), false);
});
