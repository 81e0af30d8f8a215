import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

/** What an MCP server answered. */
export interface Conversation {
  /** Its name and version. */
  readonly server: string;
  /** The names of its tools. */
  readonly tools: readonly string[];
  /** What the tool said. */
  readonly answer: string;
}

/** A tool and what it is called with. */
export interface ToolCall {
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** A server that does not answer must not hold up a demo. */
const TIMEOUT_MS = 15_000;

/** A connection for each request: one that is kept stays with one replica, whoever else the Service could ask. */
const requestInit = { headers: { connection: 'close' } } as const;

/**
 * Talks to an MCP server as any MCP client would, with the official SDK: connects, lists the tools, calls one.
 *
 * @param url where the server is, e.g. `http://198.19.12.34:8080/mcp`
 * @throws Error from the SDK, or when the tool itself fails
 */
export async function converse(url: string, call: ToolCall): Promise<Conversation> {
  const client = new Client({ name: 'smooth-operator-demo', version: '0.1.0' });
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }), { timeout: TIMEOUT_MS });
  try {
    const { tools } = await client.listTools(undefined, { timeout: TIMEOUT_MS });
    const result = await client.callTool({ ...call }, undefined, { timeout: TIMEOUT_MS });
    const answer = textOf(result.content);
    if (result.isError === true) throw new Error(`the tool ${call.name} failed: ${answer}`);
    const { name = 'unknown', version = '' } = client.getServerVersion() ?? {};
    return { server: `${name} ${version}`.trim(), tools: tools.map((tool) => tool.name), answer };
  } finally {
    await client.close();
  }
}

function textOf(content: unknown): string {
  if (!Array.isArray(content)) return '';
  const texts = content
    .map((part: { readonly text?: unknown }) => part.text)
    .filter((text) => typeof text === 'string');
  return texts.join('\n');
}
