import { parse } from 'yaml';
import { readCrd } from '../../support/crd.ts';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

interface Crd {
  readonly spec: { readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: Schema } }[] };
}

/**
 * Every field of `spec` that holds a value, as the CRD has it: `health.path`, `env[].name`. Fields that hold others are
 * not among them. A new field is among them as soon as the CRD is generated.
 */
export async function fieldPaths(): Promise<readonly string[]> {
  const crd: Crd = parse(await readCrd());
  const spec = crd.spec.versions[0]?.schema.openAPIV3Schema.properties?.spec;
  if (spec === undefined) throw new Error('the CRD has no schema of spec');
  return leaves(spec, '');
}

function leaves({ properties, items }: Schema, path: string): readonly string[] {
  if (items !== undefined) return leaves(items, `${path}[]`);
  if (properties === undefined) return [path];
  return Object.entries(properties).flatMap(([name, inner]) => leaves(inner, path === '' ? name : `${path}.${name}`));
}

/**
 * The values of a spec, by the paths of their fields.
 *
 * @returns `{ 'env[].name': ['A', 'B'] }`; objects of free keys are one value
 */
export function valuesByPath(
  spec: unknown,
  known: ReadonlySet<string>,
  path = '',
): ReadonlyMap<string, readonly unknown[]> {
  if (known.has(path)) return new Map([[path, [spec]]]);
  const found = new Map<string, readonly unknown[]>();
  const add = (inner: ReadonlyMap<string, readonly unknown[]>) => {
    for (const [key, values] of inner) found.set(key, [...(found.get(key) ?? []), ...values]);
  };
  if (Array.isArray(spec)) for (const item of spec) add(valuesByPath(item, known, `${path}[]`));
  else if (typeof spec === 'object' && spec !== null) {
    for (const [name, value] of Object.entries(spec))
      add(valuesByPath(value, known, path === '' ? name : `${path}.${name}`));
  } else found.set(path, [spec]);
  return found;
}
