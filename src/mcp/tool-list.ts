import type { Json, JsonObject } from './json-value.ts';
import { isObject } from './json-value.ts';
import type { Limits } from './limits.ts';
import { McpError } from './mcp-error.ts';
import type { Tool } from './tools.ts';

/**
 * All pages of `tools/list`.
 *
 * @param page fetches one page; undefined is the first
 * @throws McpError `ProtocolError` for a cursor that comes twice, or what is not a tool; `TooLarge` for too many pages or
 *   tools; and whatever `page` throws
 */
export async function listTools(
  page: (cursor: string | undefined) => Promise<JsonObject>,
  limits: Limits,
): Promise<readonly Tool[]> {
  const tools: Tool[] = [];
  const cursors = new Set<string>();
  let cursor: string | undefined;
  for (let pages = 0; pages < limits.pages; pages++) {
    const result = await page(cursor);
    add(tools, result.tools);
    if (tools.length > limits.tools) throw new McpError('TooLarge', `more than ${limits.tools} tools`);
    cursor = cursorOf(result.nextCursor);
    if (cursor === undefined) return tools;
    // A cursor is opaque, but each page needs one of its own: else the list has no end.
    if (cursors.has(cursor)) throw broken('a nextCursor of tools/list that came before: the list has no end');
    cursors.add(cursor);
  }
  throw new McpError('TooLarge', `more than ${limits.pages} pages of tools`);
}

function add(tools: Tool[], page: Json | undefined): void {
  if (!Array.isArray(page)) throw broken('a result of tools/list without an array "tools"');
  for (const tool of page as readonly Json[]) {
    if (!isTool(tool))
      throw broken(`a tool without a name or an inputSchema, at place ${tools.length + 1} of the list`);
    tools.push(tool);
  }
}

/** The two fields that every revision requires. The official clients refuse the whole list without them. */
function isTool(value: Json): value is Tool {
  return isObject(value) && typeof value.name === 'string' && value.name !== '' && isObject(value.inputSchema);
}

/** Null and the empty string are how some servers write "no more". */
function cursorOf(value: Json | undefined): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw broken('a nextCursor of tools/list that is not a string');
  return value;
}

function broken(message: string): McpError {
  return new McpError('ProtocolError', message);
}
