import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { apiVersion, categories, group, kind, listKind, plural, shortNames, singular, version } from './names.ts';

test('the names belong together', () => {
  assert.equal(apiVersion, `${group}/${version}`);
  assert.equal(listKind, `${kind}List`);
  assert.equal(singular, kind.toLowerCase());
  assert.equal(plural, `${singular}s`);
});

test('the seed contract: these names never change', () => {
  assert.deepEqual(
    { group, version, kind, plural, shortNames, categories },
    {
      group: 'mcp.mcp.dev',
      version: 'v1alpha1',
      kind: 'MCPServer',
      plural: 'mcpservers',
      shortNames: ['smcp'],
      categories: ['mcp'],
    },
  );
});

test('loading the names loads nothing else, so production code may', async () => {
  const source = await readFile(join(import.meta.dirname, 'names.ts'), 'utf8');
  assert.doesNotMatch(source, /^import|from '/m);
});
