import type { JsonObject } from './json-value.ts';
import { isObject, isStrings } from './json-value.ts';
import { McpError } from './mcp-error.ts';
import type { ProbeContext } from './probe-context.ts';
import type { Reply } from './reply.ts';
import { describeReply } from './reply.ts';
import { serverFacts } from './server-facts.ts';
import { listTools } from './tool-list.ts';
import type { Tool } from './tools.ts';
import type { ServerFacts } from './verdict.ts';
import type { Era } from './versions.ts';
import { legacyVersions, mutualLegacy } from './versions.ts';

/** A way to exchange messages after `initialize` was invented and before it was dropped: its two transports. */
export interface Conversation {
  readonly era: Era;
  request(method: string, params: JsonObject): Promise<Reply>;
  notify(method: string): Promise<void>;
  /** Told the revision that was agreed on. */
  speak(version: string): void;
  /** True when the server has handed out a session. Asked after `initialize`. */
  stateful(): boolean;
}

/** What a handshake found. */
export interface HandshakeOutcome {
  readonly server: ServerFacts;
  /** Undefined where none are advertised. */
  readonly tools: readonly Tool[] | undefined;
}

/**
 * `initialize`, `notifications/initialized`, and `tools/list` if it is advertised: the lifecycle of every revision before
 * 2026-07-28.
 *
 * @throws McpError `NotMCP` for an answer to `initialize` that is no JSON-RPC, `UnsupportedVersion`, `ProtocolError`, and
 *   whatever the conversation throws
 */
export async function handshake(context: ProbeContext, talk: Conversation): Promise<HandshakeOutcome> {
  const result = await initialize(context, talk);
  const { protocolVersion, capabilities, serverInfo } = result;
  if (typeof protocolVersion !== 'string') throw lacks('protocolVersion');
  if (!isObject(capabilities)) throw lacks('capabilities');
  if (!isObject(serverInfo) || typeof serverInfo.name !== 'string') throw lacks('serverInfo.name');
  if (!legacyVersions.includes(protocolVersion)) {
    throw new McpError('UnsupportedVersion', 'an answer to initialize in a version that we do not know');
  }
  talk.speak(protocolVersion);
  const server = serverFacts(serverInfo, capabilities, { era: talk.era, protocolVersion, stateful: talk.stateful() });
  context.trace.server = server;
  await talk.notify('notifications/initialized');
  // Asking for what was not advertised is an error to many servers.
  const tools = isObject(capabilities.tools)
    ? await listTools((cursor) => page(context, talk, cursor), context.limits)
    : undefined;
  return { server, tools };
}

async function initialize(context: ProbeContext, talk: Conversation): Promise<JsonObject> {
  const [newest = ''] = legacyVersions;
  const first = await askInitialize(context, talk, newest);
  const other = otherVersion(first, newest);
  const reply = other === undefined ? first : await askInitialize(context, talk, other);
  if (reply.kind === 'result') return reply.result;

  const came = describeReply(reply, context.token);
  if (reply.kind === 'http')
    throw new McpError('NotMCP', came, { status: reply.status, next: nextFor(context, reply) });
  const { code, message } = reply.error;
  const options = { status: reply.status, rpcCode: code };
  if (supportedBy(reply) !== undefined) throw new McpError('UnsupportedVersion', came, options);
  const next = /already initiali[sz]ed/i.test(message)
    ? 'the server takes one session in all: let it open one for each client, or serve without sessions'
    : undefined;
  throw new McpError('ProtocolError', came, { ...options, next });
}

function askInitialize(context: ProbeContext, talk: Conversation, version: string): Promise<Reply> {
  return talk.request('initialize', { ...initializeParams(context), protocolVersion: version });
}

/** What `initialize` says of us, in the newest version that has it. */
export function initializeParams({ client }: Pick<ProbeContext, 'client'>): JsonObject {
  const [protocolVersion = ''] = legacyVersions;
  return { protocolVersion, capabilities: {}, clientInfo: { name: client.name, version: client.version } };
}

/** A server should answer with a version of its own; the specification's example of an error lists them instead. */
function otherVersion(reply: Reply, asked: string): string | undefined {
  const supported = supportedBy(reply);
  const other = supported === undefined ? undefined : mutualLegacy(supported);
  return other === asked ? undefined : other;
}

function supportedBy(reply: Reply): readonly string[] | undefined {
  if (reply.kind !== 'error' || !isObject(reply.error.data)) return undefined;
  const { supported } = reply.error.data;
  return isStrings(supported) && supported.length > 0 ? supported : undefined;
}

function nextFor(context: ProbeContext, reply: Reply): string | undefined {
  if (reply.status === 404) return `set spec.path to where the server serves MCP; nothing is at ${context.path}`;
  if (reply.status === 405) return `set spec.path to where the server takes POSTs; ${context.path} does not`;
  return undefined;
}

async function page(context: ProbeContext, talk: Conversation, cursor: string | undefined): Promise<JsonObject> {
  const reply = await talk.request('tools/list', cursor === undefined ? {} : { cursor });
  if (reply.kind === 'result') return reply.result;
  const rpcCode = reply.kind === 'error' ? reply.error.code : undefined;
  throw new McpError('ProtocolError', describeReply(reply, context.token), { status: reply.status, rpcCode });
}

function lacks(field: string): McpError {
  return new McpError('ProtocolError', `an answer to initialize without ${field}`);
}

/** True for a refusal of `initialize` that a modern server might have sent: then `server/discover` is worth a try. */
export function maybeModern(error: McpError): boolean {
  if (error.code === 'UnsupportedVersion' || error.code === 'NotMCP') return true;
  return error.code === 'ProtocolError' && error.rpcCode !== undefined;
}
