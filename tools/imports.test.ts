import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { repositoryRoot } from './generated-file.ts';
import { importsOf, wrongImports } from './imports.ts';
import { type SourceFile, sourceFiles } from './source-files.ts';

const rules = { dependencies: new Set(['pino', '@kubernetes/client-node']) };
const file = (path: string, text: string): SourceFile => ({
  path,
  text,
  isTest: path.endsWith('.test.ts') || path.startsWith('test/'),
});

test('imports point one way: main → controller, webhook → mcp → api, runtime', async () => {
  const manifest: { dependencies: Record<string, string> } = JSON.parse(
    await readFile(join(repositoryRoot, 'package.json'), 'utf8'),
  );
  const files = await sourceFiles(repositoryRoot);
  const dependencies = new Set(Object.keys(manifest.dependencies));
  assert.deepEqual(
    files.flatMap((one) => wrongImports(one, { dependencies })),
    [],
  );
});

test('the files that are checked are those of the repository', async () => {
  const paths = (await sourceFiles(repositoryRoot)).map(({ path }) => path);
  assert.ok(paths.includes('src/runtime/object.ts'));
  assert.ok(paths.includes('tools/imports.test.ts'));
  assert.ok(paths.every((path) => !path.includes('node_modules')));
});

describe('importsOf', () => {
  const rows: Readonly<Record<string, readonly [text: string, want: readonly (readonly [string, boolean])[]]>> = {
    'a value': ["import { a } from './a.ts';", [['./a.ts', false]]],
    'a type': ["import type { A } from './a.ts';", [['./a.ts', true]]],
    'a value beside a type': ["import { type A, b } from './a.ts';", [['./a.ts', false]]],
    'a default': ["import a from 'a';", [['a', false]]],
    'all of it': ["import * as a from 'a';", [['a', false]]],
    'for its effect': ["import './a.ts';", [['./a.ts', false]]],
    'several lines': ["import {\n  a,\n  b,\n} from './a.ts';", [['./a.ts', false]]],
    'an export from elsewhere': ["export { a } from './a.ts';", [['./a.ts', false]]],
    'an export of a type': ["export type { A } from './a.ts';", [['./a.ts', true]]],
    'at run time': ["const { a } = await import('./a.ts');", [['./a.ts', false]]],
    'in a type': ["let a: import('./a.ts').A;", [['./a.ts', true]]],
    several: [
      "import { a } from 'a';\nimport { b } from 'b';\n",
      [
        ['a', false],
        ['b', false],
      ],
    ],
    'none in a string': ["const text = 'from elsewhere';\nexport const from = 'a';", []],
    'none in a comment': ["// import { a } from './a.ts';", []],
  };
  for (const [what, [text, want]] of Object.entries(rows)) {
    test(what, () => {
      assert.deepEqual(
        importsOf(text).map(({ specifier, isTypeOnly }) => [specifier, isTypeOnly]),
        want,
      );
    });
  }
});

describe('wrongImports', () => {
  const wrong: Readonly<Record<string, readonly [path: string, text: string, why: RegExp]>> = {
    'runtime → controller': [
      'src/runtime/a.ts',
      "import { b } from '../controller/b.ts';",
      /runtime may import nothing/,
    ],
    'runtime → api': [
      'src/runtime/a.ts',
      "import type { B } from '../api/v1alpha1/b.ts';",
      /runtime may import nothing/,
    ],
    'api → runtime': [
      'src/api/v1alpha1/a.ts',
      "import type { B } from '../../runtime/b.ts';",
      /api may import nothing/,
    ],
    'mcp → controller': ['src/mcp/a.ts', "import { b } from '../controller/b.ts';", /mcp may import api and runtime/],
    'controller → webhook': [
      'src/controller/a.ts',
      "import { b } from '../webhook/b.ts';",
      /controller may import api and mcp and runtime/,
    ],
    'controller → main': [
      'src/controller/objects/a.ts',
      "import { b } from '../../main.ts';",
      /may import api and mcp and runtime/,
    ],
    'src → tools': ['src/main.ts', "import { b } from '../tools/b.ts';", /nothing from outside/],
    'src → cluster, a type': [
      'src/controller/a.ts',
      "import type { B } from '../../cluster/b.ts';",
      /nothing from outside/,
    ],
    'src → test': ['src/main.ts', "import { b } from '../test/support/b.ts';", /nothing from outside/],
    'cluster → test': ['cluster/a.ts', "import { b } from '../test/support/b.ts';", /only tests import test/],
    'the schema, loaded': ['src/controller/a.ts', "import { spec } from '../api/v1alpha1/spec.ts';", /import type/],
    'the schema, loaded late': ['src/main.ts', "const s = await import('./api/v1alpha1/spec.ts');", /import type/],
    'a development dependency': ['src/runtime/a.ts', "import { parse } from 'yaml';", /not among the dependencies/],
    'a package in the API': ['src/api/v1alpha1/a.ts', "import { pino } from 'pino';", /nothing but TypeBox/],
  };
  for (const [what, [path, text, why]] of Object.entries(wrong)) {
    test(what, () => {
      const found = wrongImports(file(path, text), rules);
      assert.equal(found.length, 1, `${found.length} found`);
      assert.match(found[0] ?? '', why);
      assert.ok(found[0]?.startsWith(`${path} imports `));
    });
  }

  const right: Readonly<Record<string, readonly [path: string, text: string]>> = {
    'main → everything': ['src/main.ts', "import { a } from './controller/a.ts';\nimport { b } from './runtime/b.ts';"],
    'controller → runtime': ['src/controller/a.ts', "import { b } from '../runtime/b.ts';"],
    'controller → mcp': ['src/controller/a.ts', "import { b } from '../mcp/b.ts';"],
    'controller → types of the API': ['src/controller/a.ts', "import type { B } from '../api/v1alpha1/mcp-server.ts';"],
    'the names of the API': ['src/controller/a.ts', "import { group } from '../api/v1alpha1/names.ts';"],
    'within a part': ['src/runtime/a.ts', "import { b } from './b.ts';\nimport { c } from '../runtime/c.ts';"],
    'a dependency': ['src/runtime/a.ts', "import { pino } from 'pino';"],
    'a dependency with a scope, loaded late': [
      'src/runtime/a.ts',
      "const k = await import('@kubernetes/client-node');",
    ],
    'a development dependency, as a type': [
      'src/controller/a.ts',
      "import type { Pod } from 'kubernetes-types/core/v1.js';",
    ],
    'TypeBox in the API': ['src/api/v1alpha1/a.ts', "import { Type } from '@sinclair/typebox';"],
    'a test of src → test': [
      'src/controller/a.test.ts',
      "import { b } from '../../test/support/b.ts';\nimport fc from 'fast-check';",
    ],
    'tools → src': ['tools/a.ts', "import { b } from '../src/api/v1alpha1/spec.ts';"],
    'test → everything': [
      'test/integration/a.ts',
      "import { b } from '../../cluster/b.ts';\nimport '../../src/main.ts';",
    ],
  };
  for (const [what, [path, text]] of Object.entries(right)) {
    test(`right: ${what}`, () => assert.deepEqual(wrongImports(file(path, text), rules), []));
  }
});
