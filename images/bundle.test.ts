import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { program, runBundle } from '../test/support/bundled-program.ts';
import { type BundledFile, bundle, bundleEntries, projectRoot } from './bundle.ts';
import { ImageError } from './image-error.ts';

const scripts = (files: readonly BundledFile[]) => files.filter(({ path }) => path.endsWith('.js'));

describe('bundle', () => {
  it('makes one file of a program and its modules, which runs', async (t) => {
    const entry = await program(t, {
      'main.ts': `import { answer } from './answer.ts'; console.log(answer satisfies number);`,
      'answer.ts': 'export const answer: number = 42;',
    });
    const files = await bundle(entry, 'thing');
    assert.deepEqual(files.map(({ path }) => path).sort(), ['thing.js', 'thing.js.map']);
    assert.equal((await runBundle(t, files)).stdout, '42\n');
  });

  it('puts what is imported later into a file of its own, and says what is loaded at once', async (t) => {
    const entry = await program(t, {
      'main.ts': `import { shared } from './shared.ts'; console.log(shared); if (process.argv[2]) await import('./later.ts');`,
      'shared.ts': `export const shared = 'shared';`,
      'later.ts': `import { shared } from './shared.ts'; console.log('later', shared);`,
    });
    const files = await bundle(entry, 'thing');
    const main = files.find(({ path }) => path === 'thing.js');
    const later = scripts(files).find(({ content }) => content.includes('console.log("later"'));
    assert.ok(main !== undefined && later !== undefined);
    assert.match(later.path, /^chunks\/later-\w+\.js$/);
    assert.ok(!main.imports.includes(later.path), 'not at once');
    assert.ok(
      main.imports.every((path) => files.some((one) => one.path === path)),
      'every import is one of the files',
    );
    assert.equal((await runBundle(t, files)).stdout, 'shared\n');
  });

  it('lets CommonJS packages require what Node has', async (t) => {
    const entry = await program(t, {
      'main.ts': `import { name } from './old.cjs'; console.log(name);`,
      'old.cjs': `exports.name = require('node:path').basename('/a/b');`,
    });
    assert.equal((await runBundle(t, await bundle(entry, 'thing'))).stdout, 'b\n');
  });

  it("lets a program take the banner's names for itself", async (t) => {
    const entry = await program(t, {
      'main.ts': `import { createRequire } from 'node:module'; console.log(typeof createRequire(import.meta.url));`,
    });
    assert.equal((await runBundle(t, await bundle(entry, 'thing'))).stdout, 'function\n');
  });

  it("leads a stack trace back to the source's line", async (t) => {
    const entry = await program(t, {
      'main.ts': `import { fail } from './fail.ts';\nfail();\n`,
      'fail.ts': `interface Unused { a: string }\n\n\nexport function fail(): never {\n  throw new Error('boom');\n}\n`,
    });
    const files = await bundle(entry, 'thing');
    await assert.rejects(runBundle(t, files, '--enable-source-maps'), (thrown) => {
      assert.match(String(Reflect.get(Object(thrown), 'stderr')), /fail\.ts:5:9/);
      return true;
    });
  });

  it('does not carry the sources, or where they lie on this machine', async () => {
    const entry = join(projectRoot, 'images', 'sample-server', 'main.ts');
    const all = Buffer.concat((await bundle(entry, 'server')).map(({ content }) => content)).toString();
    assert.ok(!all.includes('"sourcesContent":["'));
    assert.ok(!all.includes(projectRoot), 'a path of this machine');
  });

  it('gives the same bytes each time', async () => {
    const entry = join(projectRoot, 'images', 'sample-server', 'main.ts');
    assert.deepEqual(await bundle(entry, 'server'), await bundle(entry, 'server'));
  });

  it('says where the program is wrong', async (t) => {
    const entry = await program(t, { 'main.ts': `import './gone.ts';` });
    await assert.rejects(bundle(entry, 'thing'), (thrown) => {
      assert.ok(thrown instanceof ImageError);
      assert.equal(thrown.code, 'ToolFailed');
      return /main\.ts failed/.test(thrown.message) && /gone\.ts/.test(thrown.message);
    });
  });
});

describe('bundleEntries', () => {
  it('puts the files below /app/dist, and above them the package.json that makes them ES modules', () => {
    const files: BundledFile[] = [{ path: 'chunks/a.js', content: Buffer.from('a'), imports: [], inputs: [] }];
    const entries = bundleEntries(files, 'thing', '1.2.3');
    assert.deepEqual(
      entries.map(({ path }) => path),
      ['app/package.json', 'app/dist/chunks/a.js'],
    );
    const [manifest] = entries;
    assert.ok(manifest?.kind === 'file' && Buffer.isBuffer(manifest.content));
    const { type, name, version } = JSON.parse(manifest.content.toString());
    assert.deepEqual({ type, name, version }, { type: 'module', name: 'thing', version: '1.2.3' });
  });
});
