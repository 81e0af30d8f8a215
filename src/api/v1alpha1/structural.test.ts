import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Static } from '@sinclair/typebox';
import {
  type Draft,
  type Frozen,
  fields,
  flag,
  int32,
  int64,
  intOrString,
  list,
  listMap,
  mapOf,
  oneOf,
  optional,
  text,
  time,
  withDefault,
} from './structural.ts';

const description = 'What it is.';
const rules = [{ rule: 'true', message: 'm', messageExpression: '"m"' }];

/** The schema as the generator sees it: without TypeBox' own symbols. */
const json = (schema: object): unknown => JSON.parse(JSON.stringify(schema));

/** True at compile time when two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <_T extends true>() => undefined;

describe('pieces', () => {
  const item = text({ description, maxLength: 5 });
  const rows: Readonly<Record<string, readonly [schema: object, want: object]>> = {
    text: [item, { type: 'string', maxLength: 5, description }],
    'text with rules': [
      text({ description, maxLength: 5, rules }),
      { type: 'string', maxLength: 5, description, 'x-kubernetes-validations': rules },
    ],
    flag: [flag(description), { type: 'boolean', description }],
    oneOf: [oneOf(['A', 'B'], { description }), { type: 'string', enum: ['A', 'B'], description }],
    time: [time(description), { type: 'string', format: 'date-time', description }],
    int64: [int64(description), { type: 'integer', format: 'int64', minimum: 0, description }],
    'int32 with both bounds': [
      int32({ description, minimum: 1, maximum: 9 }),
      { type: 'integer', format: 'int32', minimum: 1, maximum: 9, description },
    ],
    'int32 without an upper bound': [
      int32({ description, minimum: 0 }),
      { type: 'integer', format: 'int32', minimum: 0, description },
    ],
    list: [
      list(item, { description, maxItems: 3 }),
      { type: 'array', items: json(item), maxItems: 3, description, 'x-kubernetes-list-type': 'atomic' },
    ],
    listMap: [
      listMap('name', fields({ name: item }, { description }), { description, maxItems: 3 }),
      {
        type: 'array',
        items: { type: 'object', required: ['name'], properties: { name: json(item) }, description },
        maxItems: 3,
        description,
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
      },
    ],
    mapOf: [
      mapOf(item, { description, maxProperties: 4 }),
      { type: 'object', additionalProperties: json(item), maxProperties: 4, description },
    ],
    intOrString: [
      intOrString({ description, maxLength: 8 }),
      {
        'x-kubernetes-int-or-string': true,
        anyOf: [{ type: 'integer' }, { type: 'string' }],
        maxLength: 8,
        description,
      },
    ],
  };
  for (const [what, [schema, want]] of Object.entries(rows)) {
    test(what, () => assert.deepEqual(json(schema), want));
  }
});

describe('fields', () => {
  const schema = fields(
    {
      must: text({ description, maxLength: 5 }),
      may: optional(text({ description, maxLength: 5 })),
      filled: withDefault(int32({ description, minimum: 0 }), 1),
    },
    { description },
  );

  test('requires what is not optional; a default is still among those, and taken out by the generator', () => {
    assert.deepEqual(schema.required, ['must', 'filled']);
  });

  test('withDefault adds the value and changes nothing else', () => {
    const plain = int32({ description, minimum: 0 });
    assert.deepEqual(json(withDefault(plain, 7)), { ...(json(plain) as object), default: 7 });
    assert.equal('default' in plain, false);
  });

  test('types: a default is there when read, and may be left out when written', () => {
    type Read = Static<typeof schema>;
    type Written = Draft<typeof schema>;
    const read: Read = { must: 'a', filled: 2 };
    const written: Written = { must: 'a' };
    // @ts-expect-error -- read from the API server, the default is filled in
    const unread: Read = { must: 'a' };
    // @ts-expect-error -- nothing fills this one
    const unwritten: Written = { filled: 2 };
    assert.deepEqual([read.filled, written.must, unread.must, unwritten.filled], [2, 'a', 'a', 2]);
  });
});

describe('types', () => {
  test('oneOf is a union of its words', () => {
    const schema = oneOf(['HTTP', 'TCP'], { description });
    same<Same<Static<typeof schema>, 'HTTP' | 'TCP'>>();
    // @ts-expect-error -- a default must be one of the words
    assert.equal(withDefault(schema, 'UDP').default, 'UDP');
  });

  test('Draft reaches into lists and objects', () => {
    const schema = fields(
      {
        items: list(fields({ size: withDefault(int32({ description, minimum: 0 }), 1) }, { description }), {
          description,
          maxItems: 2,
        }),
      },
      { description },
    );
    const draft: Draft<typeof schema> = { items: [{}, { size: 2 }] };
    assert.equal(draft.items.length, 2);
    // @ts-expect-error -- of the wrong type
    const wrong: Draft<typeof schema> = { items: [{ size: 'two' }] };
    assert.equal(wrong.items.length, 1);
  });

  test('Frozen is read-only all the way down', () => {
    same<
      Same<
        Frozen<{ a: string[]; b?: { c: number }[]; d: Record<string, number | string> }>,
        {
          readonly a: readonly string[];
          readonly b?: readonly { readonly c: number }[];
          readonly d: { readonly [x: string]: number | string };
        }
      >
    >();
    const frozen: Frozen<{ list: { value: number }[] }> = { list: [{ value: 1 }] };
    // @ts-expect-error -- read-only
    frozen.list = [];
    assert.equal(frozen.list.length, 0);
  });
});
