import type { Dial, DialRequest, DialResponse, Line } from '../../src/mcp/dial.ts';
import { McpError } from '../../src/mcp/mcp-error.ts';
import { echoTool } from './plain-mcp-server.ts';

/** What a pod does with a request. */
export type Conduct =
  /** Speaks MCP, as servers with sessions do. */
  | 'good'
  /** Takes the connection, and never answers; not later either. */
  | 'hang'
  /** Opens a session, and never answers from then on, not even its DELETE. */
  | 'hang-in-session'
  /** Nobody listens. */
  | 'refuse'
  /** Wants credentials. */
  | 'auth'
  /** The operator's own side fails. */
  | 'fault'
  /** HTTP status with these headers, for every request. */
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> };

/** A pod without a network: it answers within promise continuations, so that a fake clock owns all of the time. */
export interface PretendPod {
  conduct: Conduct;
  /** Its tools, by name. */
  tools: readonly string[];
  /** Status of `GET /health`; `hang` never answers. */
  health: number | 'hang';
  readonly dial: Dial;
  /** Times at which probes began, by the clock. */
  readonly probes: readonly number[];
  /** `POST initialize`, `GET /health`, … */
  readonly requests: readonly string[];
  /** `Authorization` of each probe's first request. */
  readonly tokens: readonly (string | undefined)[];
  /** Sessions that are open now. */
  readonly sessions: ReadonlySet<string>;
  /** Lines that are open now. */
  readonly open: number;
  /** The most probes that were under way at the same time. */
  readonly most: number;
}

/** @param now reads the clock */
export function createPretendPod(now: () => number, conduct: Conduct = 'good'): PretendPod {
  const probes: number[] = [];
  const requests: string[] = [];
  const tokens: (string | undefined)[] = [];
  const sessions = new Set<string>();
  let open = 0;
  let probing = 0;
  let most = 0;

  function begun(request: DialRequest): void {
    probes.push(now());
    tokens.push(request.headers.authorization);
    probing += 1;
    most = Math.max(most, probing);
  }

  async function send(path: string, request: DialRequest): Promise<DialResponse> {
    request.signal.throwIfAborted();
    if (pod.conduct === 'refuse') throw new McpError('Unreachable', 'connection refused');
    if (pod.conduct === 'fault') throw new McpError('ProbeError', 'out of sockets');
    request.onConnect?.();
    if (request.method === 'GET') return path === '/health' ? healthOf(pod, request) : answer(405);
    const conduct = pod.conduct;
    if (conduct === 'hang') return never(request);
    if (conduct === 'auth') return answer(401, '', { 'www-authenticate': 'Bearer' });
    if (typeof conduct === 'object') return answer(conduct.status, '', conduct.headers);
    if (conduct === 'hang-in-session' && sessions.size > 0) return never(request);
    return good(request);
  }

  function good({ method, body, headers }: DialRequest): DialResponse {
    if (method === 'DELETE') return answer(sessions.delete(headers['mcp-session-id'] ?? '') ? 200 : 404);
    const { method: rpc, id } = JSON.parse(body ?? '{}');
    const json = (result: object, more: Readonly<Record<string, string>> = {}) =>
      answer(200, JSON.stringify({ jsonrpc: '2.0', id, result }), { 'content-type': 'application/json', ...more });
    if (rpc === 'notifications/initialized') return answer(202);
    if (rpc === 'tools/list') return json({ tools: pod.tools.map((name) => ({ ...echoTool, name })) });
    if (rpc !== 'initialize') return answer(400);
    const session = `session-${requests.length}`;
    sessions.add(session);
    const serverInfo = { name: 'pretend', version: '1' };
    const result = { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo };
    return json(result, { 'mcp-session-id': session });
  }

  function openLine(): Line {
    let isProbe = false;
    let closed = false;
    open += 1;
    return {
      send(path, request) {
        const rpc = request.body === undefined ? path : JSON.parse(request.body).method;
        requests.push(`${request.method} ${rpc}`);
        if (!isProbe && request.method === 'POST') {
          isProbe = true;
          begun(request);
        }
        return send(path, request);
      },
      close() {
        if (closed) return;
        closed = true;
        open -= 1;
        if (isProbe) probing -= 1;
      },
    };
  }

  const pod: PretendPod = {
    conduct,
    tools: ['echo'],
    health: 404,
    dial: { carriesCredentials: true, open: openLine },
    probes,
    requests,
    tokens,
    sessions,
    get open() {
      return open;
    },
    get most() {
      return most;
    },
  };
  return pod;
}

function healthOf(pod: PretendPod, request: DialRequest): DialResponse | Promise<never> {
  return pod.health === 'hang' ? never(request) : answer(pod.health);
}

/** Until it is given up. */
function never({ signal }: DialRequest): Promise<never> {
  return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}

function answer(status: number, text = '', headers: Readonly<Record<string, string>> = {}): DialResponse {
  async function* chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    if (text !== '') yield Buffer.from(text);
  }
  return { status, headers, chunks: chunks(), destroy: () => undefined };
}
