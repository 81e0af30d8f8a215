import { excerpt } from './display-text.ts';
import { checkJsonCost } from './json-cost.ts';
import type { Json, JsonObject } from './json-value.ts';
import { isObject, parseJson } from './json-value.ts';
import { McpError } from './mcp-error.ts';

/** A JSON-RPC error object. */
export interface RpcError {
  readonly code: number;
  /** As sent: not for display before `excerpt`. */
  readonly message: string;
  readonly data: Json | undefined;
}

/** What a server answered to one request. */
export type RpcAnswer =
  | { readonly kind: 'result'; readonly result: JsonObject }
  | { readonly kind: 'error'; readonly error: RpcError };

/** A JSON-RPC request as text. Ids are numbers: some servers know no others. */
export function requestText(id: number, method: string, params: object): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, params });
}

/** A JSON-RPC notification as text. */
export function notificationText(method: string): string {
  return JSON.stringify({ jsonrpc: '2.0', method });
}

/**
 * Looks for the answer to a request in what a server sent: a message, or a batch of them (2025-03-26 has batches).
 * Requests and notifications of the server are passed over: a probe has announced no capability, so a server that
 * waits for an answer to one breaks the rules, and the deadline tells.
 *
 * @param text one JSON text
 * @param id the request's
 * @returns undefined when the answer is not among it
 * @throws McpError `ProtocolError` for what is not JSON-RPC, and for the answer to a request that was never sent;
 *   `NotMCP` for JSON that does not claim to be JSON-RPC; `TooLarge` for what would take too long to parse
 */
export function answerIn(text: string, id: number): RpcAnswer | undefined {
  checkJsonCost(text);
  const parsed = parseJson(text);
  if (parsed === undefined) throw new McpError('ProtocolError', `invalid JSON: ${quoted(text)}`);
  const messages: readonly Json[] = Array.isArray(parsed) ? parsed : [parsed];
  for (const message of messages) {
    if (!isObject(message) || message.jsonrpc !== '2.0') {
      throw new McpError('NotMCP', `JSON that is not JSON-RPC 2.0: ${quoted(text)}`);
    }
    if (typeof message.method === 'string') continue;
    const answer = answerOf(message, text);
    if (message.id === id) return answer;
    // JSON-RPC 2.0, section 5: null when the server could not tell the request's id, which only an error can say.
    if ((message.id === null || message.id === undefined) && answer.kind === 'error') return answer;
    const other = message.id === undefined ? 'none' : JSON.stringify(message.id);
    throw new McpError('ProtocolError', `an answer with id ${excerpt(other)} to the request with id ${id}`);
  }
  return undefined;
}

/**
 * The JSON-RPC error in the body of an HTTP error, whatever its id: servers put any there (`"server-error"`, null).
 *
 * @returns undefined when there is none
 */
export function errorIn(text: string): RpcError | undefined {
  const parsed = parseJson(text);
  return isObject(parsed) && isObject(parsed.error) ? rpcErrorOf(parsed.error) : undefined;
}

function answerOf(message: JsonObject, text: string): RpcAnswer {
  if (isObject(message.result)) return { kind: 'result', result: message.result };
  const error = isObject(message.error) ? rpcErrorOf(message.error) : undefined;
  if (error !== undefined) return { kind: 'error', error };
  throw new McpError('ProtocolError', `an answer with neither a result nor an error: ${quoted(text)}`);
}

function rpcErrorOf(error: JsonObject): RpcError | undefined {
  if (typeof error.code !== 'number') return undefined;
  return { code: error.code, message: typeof error.message === 'string' ? error.message : '', data: error.data };
}

function quoted(text: string): string {
  return text.trim() === '' ? 'nothing' : `"${excerpt(text)}"`;
}
