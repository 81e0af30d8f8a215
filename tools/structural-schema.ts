import type { TSchema } from '@sinclair/typebox';

/** A node of a structural OpenAPI v3 schema, as a CustomResourceDefinition has it. */
export interface StructuralSchema {
  readonly description?: string;
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'boolean' | 'number';
  readonly format?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly additionalProperties?: StructuralSchema;
  readonly items?: StructuralSchema;
  readonly anyOf?: readonly { readonly type: string }[];
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'map' | 'set';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-validations'?: readonly {
    readonly rule: string;
    readonly message: string;
    readonly messageExpression: string;
    readonly fieldPath?: string;
  }[];
}

/** The keys that a node may have, in the order in which they are written. Any other key is an error. */
const keys: readonly (keyof StructuralSchema)[] = [
  'description',
  'type',
  'format',
  'default',
  'enum',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'pattern',
  'maxItems',
  'maxProperties',
  'required',
  'properties',
  'additionalProperties',
  'items',
  'anyOf',
  'x-kubernetes-int-or-string',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-validations',
];

/**
 * A TypeBox schema as a structural schema.
 *
 * TypeBox calls every field required that is not optional. A field with a default is neither: the API server fills it
 * before it validates, but `kubectl` and the docs must show that it may be left out.
 *
 * @param schema TypeBox schema made of the pieces in src/api/v1alpha1/structural.ts
 * @throws Error naming a key that a structural schema cannot have
 */
export function structuralSchemaOf(schema: TSchema): StructuralSchema {
  return convert(JSON.parse(JSON.stringify(schema)) as StructuralSchema, '');
}

function convert(node: StructuralSchema, path: string): StructuralSchema {
  const unknown = Object.keys(node).filter((key) => !keys.includes(key as keyof StructuralSchema));
  if (unknown.length > 0) throw new Error(`schema of ${path || 'the root'}: ${unknown.join(', ')} is not structural`);
  const { properties, items, additionalProperties } = node;
  const required = node.required?.filter((name) => properties?.[name]?.default === undefined);
  const converted: StructuralSchema = {
    ...node,
    ...(required === undefined ? {} : { required: required.length === 0 ? undefined : required }),
    ...(properties && { properties: mapValues(properties, (child, name) => convert(child, `${path}.${name}`)) }),
    ...(items && { items: convert(items, `${path}[]`) }),
    ...(additionalProperties && { additionalProperties: convert(additionalProperties, `${path}.*`) }),
  };
  return Object.fromEntries(
    keys.filter((key) => converted[key] !== undefined).map((key) => [key, converted[key]]),
  ) as StructuralSchema;
}

function mapValues<V, W>(record: Readonly<Record<string, V>>, change: (value: V, key: string) => W): Record<string, W> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
}
