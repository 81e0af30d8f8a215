import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { customResourceDefinition } from './crd.ts';
import type { StructuralSchema } from './structural-schema.ts';

/** Rules that hold for every node of the schema, whatever is added to it later. */

const crd = customResourceDefinition();
const [version] = crd.spec.versions;
const root = version.schema.openAPIV3Schema;

interface Node {
  readonly path: string;
  readonly schema: StructuralSchema;
}

/** Every node of a schema, the root excluded. */
function nodesOf(schema: StructuralSchema, path = ''): readonly Node[] {
  const children: readonly Node[] = [
    ...Object.entries(schema.properties ?? {}).map(([name, child]) => ({ path: `${path}.${name}`, schema: child })),
    ...(schema.items === undefined ? [] : [{ path: `${path}[]`, schema: schema.items }]),
    ...(schema.additionalProperties === undefined ? [] : [{ path: `${path}.*`, schema: schema.additionalProperties }]),
  ];
  return children.flatMap((child) => [child, ...nodesOf(child.schema, child.path)]);
}

/** The API server has its own schema for these. */
const given = ['.apiVersion', '.kind', '.metadata', '.metadata.name'];
const nodes = nodesOf(root).filter(({ path }) => !given.includes(path));

/** Where a rule is broken, as one message. */
function broken(rule: (node: Node) => boolean): readonly string[] {
  return nodes.filter((node) => !rule(node)).map(({ path }) => path);
}

const isString = ({ schema }: Node) => schema.type === 'string';

describe('every node', () => {
  test('there are some', () => assert.ok(nodes.length > 50, `${nodes.length} nodes`));

  test('has a type, or is an int-or-string', () => {
    assert.deepEqual(
      broken(({ schema }) => schema.type !== undefined || schema['x-kubernetes-int-or-string'] === true),
      [],
    );
  });

  test('has a description that is at least one sentence', () => {
    assert.deepEqual(
      broken(({ schema }) => /^[A-Z$].*\.$/s.test(schema.description ?? '')),
      [],
    );
  });

  test('says its default in its description, for kubectl explain shows no other', () => {
    const scalar = ({ schema }: Node) => schema.default !== undefined && typeof schema.default !== 'object';
    assert.deepEqual(
      broken((node) => !scalar(node) || node.schema.description?.includes(`Default: ${node.schema.default}.`) === true),
      [],
    );
  });

  test('is part of a structural schema: no reference, no alternatives beyond int-or-string', () => {
    const text = JSON.stringify(root);
    for (const word of ['$ref', 'oneOf', 'allOf', '"not"', 'patternProperties', 'uniqueItems']) {
      assert.ok(!text.includes(word), word);
    }
    assert.deepEqual(
      broken(({ schema }) => schema.anyOf === undefined || schema['x-kubernetes-int-or-string'] === true),
      [],
    );
  });
});

describe('limits', () => {
  test('every string is bounded: by length, by its words, or by its format', () => {
    const bounded = ({ schema }: Node) =>
      schema.maxLength !== undefined || schema.enum !== undefined || schema.format !== undefined;
    assert.deepEqual(
      broken((node) => !isString(node) || bounded(node)),
      [],
    );
  });

  test('every list is bounded and has a list type; a map has keys that its items require', () => {
    const lists = nodes.filter(({ schema }) => schema.type === 'array');
    assert.ok(lists.length > 0);
    for (const { path, schema } of lists) {
      assert.ok(schema.maxItems !== undefined, path);
      const type = schema['x-kubernetes-list-type'];
      assert.ok(type === 'atomic' || type === 'map', path);
      const keys = schema['x-kubernetes-list-map-keys'] ?? [];
      assert.equal(keys.length > 0, type === 'map', path);
      for (const key of keys) assert.ok(schema.items?.required?.includes(key), `${path} does not require ${key}`);
    }
  });

  test('every free map is bounded', () => {
    assert.deepEqual(
      broken(({ schema }) => schema.additionalProperties === undefined || schema.maxProperties !== undefined),
      [],
    );
  });

  test('every integer has a format and a lower bound', () => {
    assert.deepEqual(
      broken(
        ({ schema }) => schema.type !== 'integer' || (schema.format !== undefined && schema.minimum !== undefined),
      ),
      [],
    );
  });

  test('a required field exists, and has no default', () => {
    for (const { path, schema } of [{ path: '', schema: root }, ...nodes]) {
      for (const name of schema.required ?? []) {
        assert.ok(schema.properties?.[name], `${path}.${name} is required and does not exist`);
        assert.equal(schema.properties[name].default, undefined, `${path}.${name}`);
      }
    }
  });
});

describe('rules', () => {
  const rules = [{ path: '', schema: root }, ...nodes].flatMap(({ path, schema }) =>
    (schema['x-kubernetes-validations'] ?? []).map((rule) => ({ path, ...rule })),
  );

  test('there are some', () => assert.ok(rules.length > 15));

  test('each has a message of one line, for the docs and for where its expression fails', () => {
    for (const { path, message } of rules) {
      assert.notEqual(message.trim(), '', path);
      assert.ok(!message.includes('\n') && message.length <= 2048, path);
    }
  });

  test('each makes a message that shows what was written', () => {
    for (const { path, messageExpression } of rules) assert.match(messageExpression, /self/, path);
  });

  test('what people write is never refused by a pattern, whose message is the pattern', () => {
    assert.deepEqual(
      broken(({ path, schema }) => schema.pattern === undefined || path.startsWith('.status.')),
      [],
    );
  });

  test('only functions that Kubernetes 1.29 has', () => {
    for (const { path, rule, messageExpression } of rules) {
      assert.doesNotMatch(
        `${rule} ${messageExpression}`,
        /\b(?:format\.|isSemver|semver|ip\(|cidr\(|optional|transform)/,
        path,
      );
    }
  });
});

describe('the definition', () => {
  test('is named by plural and group', () => {
    assert.equal(crd.metadata.name, `${crd.spec.names.plural}.${crd.spec.group}`);
  });

  test('has one version, served and stored, with status and scale', () => {
    assert.equal(crd.spec.versions.length, 1);
    assert.deepEqual([version.name, version.served, version.storage], ['v1alpha1', true, true]);
    assert.deepEqual(Object.keys(version.subresources), ['status', 'scale']);
  });

  test('wide columns have a priority, the others none', () => {
    const columns = version.additionalPrinterColumns as readonly { name: string; priority?: number; wide?: unknown }[];
    const wide = columns.filter(({ priority }) => priority === 1).map(({ name }) => name);
    assert.deepEqual(wide, ['Server', 'URL', 'Health', 'Image', 'Reason']);
    assert.ok(columns.every((column) => !('wide' in column)));
  });

  test('is small enough for client-side apply, which writes all of it into an annotation of 256 KiB', () => {
    assert.ok(JSON.stringify(crd).length < 200_000);
  });
});
