import { McpError } from './mcp-error.ts';

/** Deeper than any schema, and far from what the stack bears where JSON is walked. `JSON.parse` itself has no limit. */
export const MAX_DEPTH = 200;

/** Values in one text. 20,000 tools with a schema of three fields have 400,000. */
const MAX_VALUES = 600_000;

/**
 * Members of one object. The keys of a large object go into a hash table: ten times as slow as the same keys in many
 * small ones.
 */
const MAX_MEMBERS = 2_000;

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const BACKSLASH = 92;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/**
 * Refuses JSON that would take long to parse: `JSON.parse` blocks the process, and 8 MiB of `[[[[…` or of keys hold it
 * for seconds (measured), while 8 MiB of text take 10 ms. Looks at nothing but the structure, so any text may be given.
 *
 * @throws McpError `TooLarge`
 */
export function checkJsonCost(text: string): void {
  let values = 0;
  let depth = 0;
  const members: number[] = [0];
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at);
        break;
      case OPEN_BRACKET:
      case OPEN_BRACE:
        depth++;
        if (depth > MAX_DEPTH) throw new McpError('TooLarge', `JSON nested deeper than ${MAX_DEPTH}`);
        members[depth] = 0;
        values++;
        break;
      case CLOSE_BRACKET:
      case CLOSE_BRACE:
        depth = Math.max(0, depth - 1);
        break;
      case COLON: {
        const count = (members[depth] ?? 0) + 1;
        members[depth] = count;
        if (count > MAX_MEMBERS) throw new McpError('TooLarge', `a JSON object with more than ${MAX_MEMBERS} members`);
        break;
      }
      case COMMA:
        values++;
        break;
    }
    if (values > MAX_VALUES) throw new McpError('TooLarge', `JSON with more than ${MAX_VALUES} values`);
  }
}

/** The place of the quote that ends the string which begins at `start`; the end of the text where none does. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return at;
  }
  return text.length;
}
