import { MAX_DEPTH } from './json-cost.ts';
import type { Json } from './json-value.ts';
import { McpError } from './mcp-error.ts';

/**
 * JSON text that is the same for the same value: keys sorted by code unit, no spaces, numbers and strings as
 * `JSON.stringify` writes them (the idea of RFC 8785).
 *
 * @throws McpError `TooLarge` for a value nested deeper than 200
 */
export function canonicalJson(value: Json): string {
  return write(value, 0);
}

function write(value: Json, depth: number): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (depth === MAX_DEPTH) throw new McpError('TooLarge', `JSON nested deeper than ${MAX_DEPTH}`);
  if (Array.isArray(value)) return `[${value.map((item: Json) => write(item, depth + 1)).join(',')}]`;
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${write(member, depth + 1)}`);
  return `{${members.join(',')}}`;
}
