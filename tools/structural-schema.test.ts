import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Type } from '@sinclair/typebox';
import { fields, int32, list, mapOf, optional, text, withDefault } from '../src/api/v1alpha1/structural.ts';
import { structuralSchemaOf } from './structural-schema.ts';

const description = 'What it is.';
const word = text({ description, maxLength: 5 });

describe('required', () => {
  test('a field with a default is not required, in whichever depth', () => {
    const inner = fields({ size: withDefault(int32({ description, minimum: 0 }), 1), name: word }, { description });
    const schema = structuralSchemaOf(
      fields(
        { inner: withDefault(inner, { name: 'a' }), all: list(inner, { description, maxItems: 2 }) },
        { description },
      ),
    );
    assert.deepEqual(schema.required, ['all']);
    assert.deepEqual(schema.properties?.inner?.required, ['name']);
    assert.deepEqual(schema.properties?.all?.items?.required, ['name']);
  });

  test('a default that counts as false is a default', () => {
    for (const value of [0, '', false]) {
      const field = { ...word, default: value };
      assert.equal(structuralSchemaOf(Type.Object({ field })).required, undefined);
    }
  });

  test('an empty list of required fields is left out: a structural schema may not have one', () => {
    const schema = structuralSchemaOf(fields({ name: optional(word) }, { description }));
    assert.ok(!('required' in schema));
  });
});

describe('keys', () => {
  test('come in a fixed order, so that files change only where the schema does', () => {
    const schema = structuralSchemaOf({ ...Type.String({ maxLength: 5, description, default: 'a' }), format: 'date' });
    assert.deepEqual(Object.keys(schema), ['description', 'type', 'format', 'default', 'maxLength']);
  });

  test('properties keep the order in which they were written', () => {
    const schema = structuralSchemaOf(fields({ b: word, a: word }, { description }));
    assert.deepEqual(Object.keys(schema.properties ?? {}), ['b', 'a']);
  });

  test('a key that the API server would refuse is an error that names the field', () => {
    const schema = fields({ inner: fields({ odd: Type.Literal('a') }, { description }) }, { description });
    assert.throws(() => structuralSchemaOf(schema), /schema of \.inner\.odd: const is not structural/);
    assert.throws(
      () => structuralSchemaOf(Type.Object({}, { additionalProperties: false, $id: 'x' })),
      /the root: \$id/,
    );
  });

  test('the error names the way through lists and maps, too', () => {
    const odd = fields({ x: Type.Object({}, { $id: 'x' }) }, { description });
    const within = fields(
      { all: list(odd, { description, maxItems: 1 }), any: optional(mapOf(odd, { description, maxProperties: 1 })) },
      { description },
    );
    assert.throws(() => structuralSchemaOf(within), /schema of \.all\[\]\.x/);
    const inMap = fields({ any: mapOf(odd, { description, maxProperties: 1 }) }, { description });
    assert.throws(() => structuralSchemaOf(inMap), /schema of \.any\.\*\.x/);
  });
});

test('the TypeBox schema itself is left as it was', () => {
  const schema = fields({ size: withDefault(int32({ description, minimum: 0 }), 1) }, { description });
  const before = JSON.stringify(schema);
  structuralSchemaOf(schema);
  assert.equal(JSON.stringify(schema), before);
});
