import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import { displayName } from './display-text.ts';
import type { Json, JsonObject } from './json-value.ts';

/** A tool as a server sent it. Its texts are a stranger's: see `displayName`. */
export interface Tool extends JsonObject {
  readonly name: string;
  readonly inputSchema: JsonObject;
}

/** One tool, as far as it is remembered. */
export interface ToolDigest {
  /** As sent; for comparing, not for display. */
  readonly name: string;
  /** SHA-256 of its canonical definition, in hex. */
  readonly digest: string;
}

/** A list of tools, as far as it is remembered from probe to probe: a hundredth of the list itself. */
export interface ToolsSummary {
  readonly count: number;
  /** For display, sorted. Those that are nothing but invisible characters are `(unnamed)`. */
  readonly names: readonly string[];
  /** SHA-256 of the canonical full list, in hex: the same for the same tools in any order, of pages and keys too. */
  readonly hash: string;
  /** Sorted by name. */
  readonly digests: readonly ToolDigest[];
}

/** What changed between two lists; names for display, sorted. */
export interface ToolsDiff {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Same name, another definition: what a client agreed to is not what it gets. */
  readonly changed: readonly string[];
}

/**
 * What a model or a person decides by. `_meta`, icons and execution hints are left out: they may differ between
 * answers of the same server, or between revisions of the protocol.
 */
const FIELDS = ['name', 'title', 'description', 'inputSchema', 'outputSchema', 'annotations'] as const;

/**
 * A list of tools in short.
 *
 * @throws McpError `TooLarge` for a definition that is nested too deep
 */
export function summarise(tools: readonly Tool[]): ToolsSummary {
  const digests = tools.map((tool) => ({ name: tool.name, digest: sha256(canonicalJson(definition(tool))) }));
  digests.sort((a, b) => compare(a.name, b.name) || compare(a.digest, b.digest));
  return {
    count: tools.length,
    names: digests.map(({ name }) => displayOf(name)).sort(compare),
    hash: sha256(digests.map(({ digest }) => digest).join('\n')),
    digests,
  };
}

/**
 * What changed.
 *
 * A name that occurs more than once, which no client can make sense of, counts as changed when any of its definitions
 * does.
 */
export function diffTools(before: ToolsSummary, after: ToolsSummary): ToolsDiff {
  if (before.hash === after.hash) return { added: [], removed: [], changed: [] };
  const old = byName(before);
  const now = byName(after);
  const names = (list: Iterable<string>) => [...list].map(displayOf).sort(compare);
  return {
    added: names([...now.keys()].filter((name) => !old.has(name))),
    removed: names([...old.keys()].filter((name) => !now.has(name))),
    changed: names(
      [...now].filter(([name, digest]) => old.has(name) && old.get(name) !== digest).map(([name]) => name),
    ),
  };
}

function definition(tool: Tool): JsonObject {
  const fields: Record<string, Json> = {};
  for (const field of FIELDS) {
    const value = tool[field];
    if (value !== undefined) fields[field] = value;
  }
  return fields;
}

function byName(summary: ToolsSummary): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const { name, digest } of summary.digests) map.set(name, (map.get(name) ?? '') + digest);
  return map;
}

function displayOf(name: string): string {
  return displayName(name) || '(unnamed)';
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** By code unit: the same order on every machine. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
