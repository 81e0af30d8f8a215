import { isMap, isScalar, type Pair, parseDocument, stringify, type YAMLMap } from 'yaml';

/** The values of the chart, from values.yaml and values.schema.json: what its README tells, and what tests check. */

/** One value that a user may set. */
export interface ChartValue {
  /** As `--set` has it: `image.tag`. */
  readonly path: string;
  /** The comment above it, as one line. Empty when there is none. */
  readonly comment: string;
  /** In JSON. */
  readonly standard: string;
}

/** A JSON schema, as far as ours uses it. */
export interface ValueSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, ValueSchema>>;
  readonly additionalProperties?: boolean | ValueSchema;
  readonly items?: ValueSchema;
}

/**
 * Every value of a values.yaml, in its order. Maps that the schema leaves open (labels, nodeSelector) are one value.
 *
 * @param text values.yaml
 * @param schema values.schema.json
 */
export function chartValues(text: string, schema: ValueSchema): readonly ChartValue[] {
  const { contents } = parseDocument(text);
  if (!isMap(contents)) throw new Error('values.yaml is no map');
  return valuesOf(contents, schema, []);
}

function valuesOf(map: YAMLMap, schema: ValueSchema, parents: readonly string[]): readonly ChartValue[] {
  // The comment above a map's first key is the map's own.
  const leading = map.commentBefore ?? '';
  return (map.items as Pair[]).flatMap(({ key, value }, index): readonly ChartValue[] => {
    if (!isScalar(key)) return [];
    const path = [...parents, String(key.value)];
    const own = schema.properties?.[String(key.value)] ?? {};
    if (isMap(value) && own.properties !== undefined && value.items.length > 0) return valuesOf(value, own, path);
    const comment = index === 0 ? lastParagraph(`${leading}\n${key.commentBefore ?? ''}`) : (key.commentBefore ?? '');
    const json = JSON.stringify((value as { toJSON(): unknown }).toJSON());
    return [{ path: path.join('.'), comment: oneLine(lastParagraph(comment)), standard: json }];
  });
}

/** A comment at the head of the file stands a blank line above that of the first value. */
function lastParagraph(comment: string): string {
  return (
    comment
      .trimEnd()
      .split(/\n\s*\n/)
      .at(-1) ?? ''
  );
}

function oneLine(comment: string): string {
  return comment
    .split('\n')
    .map((line) => line.trim())
    .join(' ')
    .trim();
}

/** The schema of a value, by its path; undefined when the schema knows none. */
export function schemaAt(schema: ValueSchema, path: string): ValueSchema | undefined {
  return path.split('.').reduce<ValueSchema | undefined>((at, name) => at?.properties?.[name], schema);
}

/** What may be set, in words: `string`, `Ignore, Fail`, `list of string`. */
export function typeInWords(schema: ValueSchema): string {
  if (schema.enum !== undefined) return schema.enum.join(', ');
  const type = typeof schema.type === 'string' ? schema.type : (schema.type ?? []).join(' or ');
  if (type === 'array') return `list of ${schema.items === undefined ? 'anything' : typeInWords(schema.items)}`;
  if (type === 'object') return 'map';
  return type;
}

/**
 * The values as a Markdown table.
 *
 * @param text values.yaml
 * @param schema values.schema.json
 */
export function valuesTable(text: string, schema: ValueSchema): string {
  const rows = chartValues(text, schema).map(({ path, comment, standard }) => {
    const type = typeInWords(schemaAt(schema, path) ?? {});
    return `| \`${path}\` | ${type} | \`${standard}\` | ${comment.replaceAll('|', '\\|')} |`;
  });
  return ['| Value | Type | Default | |', '|---|---|---|---|', ...rows].join('\n');
}

/** A YAML block of values, for the README's examples. */
export function valuesBlock(values: object): string {
  return `\`\`\`yaml\n${stringify(values)}\`\`\``;
}
