import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { repositoryRoot } from '../generated-file.ts';
import { chartDirectory } from './chart-files.ts';
import { chartValues, schemaAt, typeInWords, type ValueSchema, valuesTable } from './values-reference.ts';

const schema: ValueSchema = {
  type: 'object',
  properties: {
    count: { type: 'integer' },
    image: { type: 'object', properties: { tag: { type: 'string' }, policy: { type: 'string', enum: ['A', 'B'] } } },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    names: { type: 'array', items: { type: 'string' } },
    either: { type: ['integer', 'string'] },
  },
};

const text = `# About the file.

# How many
# there are.
count: 2

image:
  # The tag.
  tag: ""
  # When | to pull.
  policy: A
# Of the pods.
labels:
  a: b
names: []
either: 1
`;

describe('the values of a chart', () => {
  test('come in their order, with the comment above each', () => {
    assert.deepEqual(chartValues(text, schema), [
      { path: 'count', comment: 'How many there are.', standard: '2' },
      { path: 'image.tag', comment: 'The tag.', standard: '""' },
      { path: 'image.policy', comment: 'When | to pull.', standard: '"A"' },
      { path: 'labels', comment: 'Of the pods.', standard: '{"a":"b"}' },
      { path: 'names', comment: '', standard: '[]' },
      { path: 'either', comment: '', standard: '1' },
    ]);
  });

  test('have types in words', () => {
    const words = (path: string) => typeInWords(schemaAt(schema, path) ?? {});
    assert.deepEqual(['count', 'image.policy', 'labels', 'names', 'either'].map(words), [
      'integer',
      'A, B',
      'map',
      'list of string',
      'integer or string',
    ]);
    assert.equal(schemaAt(schema, 'image.digest'), undefined);
  });

  test('become a table that a bar in a comment does not break', () => {
    assert.match(valuesTable(text, schema), /^\| `image\.policy` \| A, B \| `"A"` \| When \\\| to pull\. \|$/m);
  });
});

describe('values.yaml and values.schema.json', async () => {
  const read = (name: string) => readFile(join(repositoryRoot, chartDirectory, name), 'utf8');
  const real: ValueSchema = JSON.parse(await read('values.schema.json'));
  const values = chartValues(await read('values.yaml'), real);

  for (const { path, comment } of values) {
    test(`${path} is explained, and the schema knows it`, () => {
      assert.match(comment, /^[A-Z].*\.$|^sha256/, 'a sentence');
      assert.notEqual(schemaAt(real, path), undefined);
    });
  }

  test('what the schema knows has a default, but for what Helm adds and what only some need', () => {
    const known = new Set(values.map(({ path }) => path));
    const missing = leaves(real).filter((path) => !covered(path, known));
    assert.deepEqual(missing, ['global', 'resources.claims']);
  });

  test('every map with known names refuses others: a slip of the pen is no value', () => {
    const open = maps(real).filter(({ schema: { additionalProperties } }) => additionalProperties !== false);
    assert.deepEqual(
      open.map(({ path }) => path),
      [],
    );
  });

  test('each part of the chart that reads a value reads one that there is', async () => {
    const all: object = parse(await read('values.yaml'));
    for (const [name, template] of await templates()) {
      for (const [, path = ''] of template.matchAll(/\.Values\.([A-Za-z.]+)/g)) {
        const found = path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], all);
        assert.notEqual(found, undefined, `${name} reads ${path}`);
      }
    }
  });

  test('each value is read by the chart', async () => {
    const used = (await templates()).map(([, template]) => template).join('\n');
    // A part that is passed on whole counts for all in it.
    const reads = (path: string) =>
      path.split('.').some((_, index, parts) => {
        const prefix = parts.slice(0, index + 1).join('.');
        return new RegExp(`\\.Values\\.${prefix.replaceAll('.', '\\.')}\\b(?!\\.)`).test(used);
      });
    assert.deepEqual(
      values.map(({ path }) => path).filter((path) => !reads(path)),
      [],
    );
  });
});

async function templates(): Promise<readonly (readonly [string, string])[]> {
  const directory = join(repositoryRoot, chartDirectory, 'templates');
  const names = (await readdir(directory, { recursive: true })).filter((name) => /\.(?:yaml|tpl|txt)$/.test(name));
  return Promise.all(names.map(async (name) => [name, await readFile(join(directory, name), 'utf8')] as const));
}

/** Every path that has no known names below it. */
function leaves(schema: ValueSchema, path = ''): readonly string[] {
  if (schema.properties === undefined) return [path];
  return Object.entries(schema.properties).flatMap(([name, own]) =>
    leaves(own, path === '' ? name : `${path}.${name}`),
  );
}

function covered(path: string, known: ReadonlySet<string>): boolean {
  const parts = path.split('.');
  return parts.some((_, index) => known.has(parts.slice(0, index + 1).join('.')));
}

function maps(schema: ValueSchema, path = 'values'): readonly { path: string; schema: ValueSchema }[] {
  if (schema.properties === undefined) return [];
  const inner = Object.entries(schema.properties).flatMap(([name, own]) => maps(own, `${path}.${name}`));
  return [{ path, schema }, ...inner];
}
