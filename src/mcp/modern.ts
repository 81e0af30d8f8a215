import { ask } from './ask.ts';
import type { JsonObject } from './json-value.ts';
import { isObject, isStrings } from './json-value.ts';
import { McpError } from './mcp-error.ts';
import type { ProbeContext } from './probe-context.ts';
import type { Reply } from './reply.ts';
import { describeError, describeReply } from './reply.ts';
import { serverFacts } from './server-facts.ts';
import { listTools } from './tool-list.ts';
import type { Tool } from './tools.ts';
import type { ServerFacts } from './verdict.ts';
import { modernVersions, mutualLegacy, mutualModern } from './versions.ts';

/** UnsupportedProtocolVersion (2026-07-28, "Error Codes"). */
export const UNSUPPORTED_VERSION = -32022;

/** HeaderMismatch and MissingRequiredClientCapability: modern codes, but servers use them for other things too. */
const AMBIGUOUS: ReadonlySet<number> = new Set([-32020, -32021]);

const METHOD_NOT_FOUND = -32601;

/** What `server/discover` told. */
export type Discovery =
  | { readonly kind: 'modern'; readonly server: ServerFacts; readonly tools: boolean }
  /** Not modern, or not to be told from that. `certain` is false where a modern server might have answered the same. */
  | { readonly kind: 'legacy'; readonly certain: boolean };

/**
 * Asks a server whether it speaks a modern revision (2026-07-28, "Backward Compatibility").
 *
 * @throws McpError for an answer that says nothing about the era: refusals, limits, faults, timeouts; and
 *   `UnsupportedVersion` for a modern server of other revisions only
 */
export async function discover(context: ProbeContext): Promise<Discovery> {
  const [newest = ''] = modernVersions;
  const first = await askDiscover(context, newest);
  const other = retryVersion(first);
  if (other === undefined) return judge(context, first, newest);
  const second = await askDiscover(context, other);
  if (second !== undefined && retryVersion(second) !== undefined) {
    const came = `${describeReply(second, context.token)}, though it lists that version as supported`;
    throw new McpError('ProtocolError', came, { status: second.status, rpcCode: UNSUPPORTED_VERSION });
  }
  return judge(context, second, other);
}

/** All pages of a modern server's tools. */
export function listModernTools(context: ProbeContext, version: string): Promise<readonly Tool[]> {
  return listTools(async (cursor) => {
    const reply = await askModern(context, version, 'tools/list', cursor === undefined ? {} : { cursor });
    if (reply.kind !== 'result') {
      const rpcCode = reply.kind === 'error' ? reply.error.code : undefined;
      throw new McpError('ProtocolError', describeReply(reply, context.token), { status: reply.status, rpcCode });
    }
    const { resultType } = reply.result;
    if (resultType !== undefined && resultType !== 'complete') {
      throw new McpError('ProtocolError', 'a result of tools/list that is not complete');
    }
    return reply.result;
  }, context.limits);
}

/** An answer that breaks the rules is an answer of a server that never heard of the method: `initialize` decides. */
async function askDiscover(context: ProbeContext, version: string): Promise<Reply | undefined> {
  try {
    return await askModern(context, version, 'server/discover', {});
  } catch (error) {
    if (error instanceof McpError && (error.code === 'ProtocolError' || error.code === 'NotMCP')) return undefined;
    throw error;
  }
}

function askModern(context: ProbeContext, version: string, method: string, params: JsonObject): Promise<Reply> {
  return ask(context, method, {
    headers: { 'mcp-protocol-version': version, 'mcp-method': method },
    params: {
      ...params,
      _meta: {
        'io.modelcontextprotocol/protocolVersion': version,
        'io.modelcontextprotocol/clientInfo': context.client,
        'io.modelcontextprotocol/clientCapabilities': {},
      },
    },
  });
}

/** The version to ask with once more: the server refuses ours, and lists one that we know. */
function retryVersion(reply: Reply | undefined): string | undefined {
  const supported = refusedFor(reply);
  return supported === undefined ? undefined : mutualModern(supported);
}

/** `data.supported` of an UnsupportedProtocolVersion error. */
function refusedFor(reply: Reply | undefined): readonly string[] | undefined {
  if (reply?.kind !== 'error' || reply.error.code !== UNSUPPORTED_VERSION) return undefined;
  const { data } = reply.error;
  return isObject(data) && isStrings(data.supported) && data.supported.length > 0 ? data.supported : undefined;
}

function judge(context: ProbeContext, reply: Reply | undefined, version: string): Discovery {
  if (reply === undefined) return { kind: 'legacy', certain: false };
  if (reply.kind === 'http') return { kind: 'legacy', certain: reply.status >= 400 };
  if (reply.kind === 'result') return judgeResult(context, reply.result, version);

  const supported = refusedFor(reply);
  if (supported !== undefined) {
    if (mutualLegacy(supported) !== undefined) return { kind: 'legacy', certain: true };
    const came = `HTTP ${reply.status} with JSON-RPC error ${describeError(reply.error, context.token)}`;
    throw new McpError('UnsupportedVersion', came, { status: reply.status, rpcCode: UNSUPPORTED_VERSION });
  }
  const { code } = reply.error;
  const ambiguous =
    AMBIGUOUS.has(code) || code === UNSUPPORTED_VERSION || (code === METHOD_NOT_FOUND && reply.status === 404);
  return { kind: 'legacy', certain: !ambiguous };
}

function judgeResult(context: ProbeContext, result: JsonObject, version: string): Discovery {
  const { supportedVersions, capabilities } = result;
  if (!isStrings(supportedVersions) || !isObject(capabilities)) return { kind: 'legacy', certain: false };
  // The Go SDK answers server/discover also where it then speaks an older revision.
  if (!supportedVersions.includes(version)) {
    if (supportedVersions.length > 0 && mutualLegacy(supportedVersions) === undefined) {
      const came = `server/discover lists versions that we do not know`;
      throw new McpError('UnsupportedVersion', came);
    }
    return { kind: 'legacy', certain: true };
  }
  const meta = isObject(result._meta) ? result._meta : {};
  const info = meta['io.modelcontextprotocol/serverInfo'];
  const server = serverFacts(info, capabilities, { era: 'modern', protocolVersion: version, stateful: undefined });
  context.trace.server = server;
  return { kind: 'modern', server, tools: isObject(capabilities.tools) };
}
