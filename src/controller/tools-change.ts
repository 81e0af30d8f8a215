import type { MCPServerStatus } from '../api/v1alpha1/mcp-server.ts';
import { diffTools, type ToolsSummary } from '../mcp/tools.ts';
import type { PodReport } from '../mcp/verify/report.ts';
import type { Announcement } from './transitions.ts';

/** What is remembered of a server's tools: more than its status holds, so that a change can be told name by name. */
export interface KnownTools {
  readonly summary: ToolsSummary;
  /** The pod template that they were seen on. */
  readonly template: string;
}

/** More names than a person reads in an event. */
const MAX_NAMES = 10;

/**
 * What to announce when a server's tools are not what they were. A new image may well have other tools. The same image
 * that offers other ones than before is worth a warning: what its clients agreed to is not what they get.
 *
 * @param before the status before this pass
 * @param known what was remembered; undefined after a restart, when only the names in the status are left
 * @param now the finding that the new status is made from
 * @returns undefined when nothing has changed
 */
export function toolsChange(
  before: MCPServerStatus | undefined,
  known: KnownTools | undefined,
  now: PodReport | undefined,
): Announcement | undefined {
  if (before?.tools === undefined || now?.tools === undefined || before.tools.hash === now.tools.hash) return undefined;
  const isSameTemplate = known === undefined || known.template === now.template;
  return {
    type: isSameTemplate ? 'Warning' : 'Normal',
    reason: 'ToolsChanged',
    message: `The tools are not what they were${isSameTemplate ? '' : ' before this rollout'}: ${difference(before.tools, known, now.tools)}.`,
  };
}

function difference(
  before: NonNullable<MCPServerStatus['tools']>,
  known: KnownTools | undefined,
  now: ToolsSummary,
): string {
  if (known !== undefined && known.summary.hash === before.hash) {
    const { added, removed, changed } = diffTools(known.summary, now);
    return list({ added, removed, changed });
  }
  const old = new Set(before.names);
  const names = new Set(now.names);
  return list({
    added: before.count > old.size ? [] : now.names.filter((name) => !old.has(name)),
    removed: [...old].filter((name) => !names.has(name)),
    changed: [],
  });
}

function list(changes: Readonly<Record<string, readonly string[]>>): string {
  const parts = Object.entries(changes).flatMap(([what, names]) =>
    names.length === 0 ? [] : `${what} ${some(names)}`,
  );
  return parts.length === 0 ? 'some of their definitions have changed' : parts.join('; ');
}

function some(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).join(', ');
  return names.length <= MAX_NAMES ? shown : `${shown} and ${names.length - MAX_NAMES} more`;
}
