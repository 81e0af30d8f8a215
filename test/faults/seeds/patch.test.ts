import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nextVersion } from '../stage/build.ts';
import { seeds, unfenced } from './catalog.ts';
import { PatchError, patched, patchedSources } from './patch.ts';

const patch = { file: 'src/x.ts', find: 'return true;', replace: 'return false;' };

describe('a patch', () => {
  test('replaces the text, and nothing else', () => {
    assert.equal(patched('a();\nreturn true;\nb();\n', patch), 'a();\nreturn false;\nb();\n');
  });

  test('is taken literally: what looks like a pattern or a reference is neither', () => {
    const odd = { file: 'x.ts', find: 'a.*(b)', replace: '$1 $& $$' };
    assert.equal(patched('1 a.*(b) 2', odd), '1 $1 $& $$ 2');
  });

  test('is refused when its text is not there, or there twice, with the file and the text', () => {
    for (const [source, times] of [
      ['return 1;', 0],
      ['return true; return true;', 2],
    ] as const) {
      assert.throws(
        () => patched(source, patch),
        (error: unknown) =>
          error instanceof PatchError &&
          error.message.includes('src/x.ts') &&
          error.message.includes('return true;') &&
          error.message.includes(`there ${times} times`),
      );
    }
  });
});

describe('the seeds', () => {
  test('are at least ten, each with a name of its own and a consequence in words', () => {
    assert.ok(seeds.length >= 10, `${seeds.length} seeds`);
    assert.equal(new Set(seeds.map(({ name }) => name)).size, seeds.length);
    for (const { name, about } of seeds) assert.ok(about.length > 20, name);
  });

  for (const { name, patches } of [...seeds, unfenced]) {
    test(`${name} still fits the source, and changes it`, async () => {
      const sources = await patchedSources(patches);
      assert.equal(sources.size, new Set(patches.map(({ file }) => file)).size);
      for (const { find, replace } of patches) assert.notEqual(find, replace);
    });
  }
});

test('what the next version does otherwise still fits the source', async () => {
  const [source = ''] = [...(await patchedSources([nextVersion])).values()];
  assert.match(source, /terminationGracePeriodSeconds: 20/);
});
