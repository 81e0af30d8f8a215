import { createServer } from 'node:http';
import { hostHeaderValidation, NodeStreamableHTTPServerTransport, toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';

// A small MCP server on the TypeScript SDK, version 2: MCP at /mcp on PORT (8080), and nothing else.
// ALLOWED_HOSTS, comma-separated, is what its clients may send as Host; unset, that is not looked at.
//
// JavaScript, because its packages are not installed where the rest is type-checked: they are this image's alone.

/** @returns {McpServer} */
function sdkServer() {
  const server = new McpServer({ name: 'sdk-ts-v2', version: '1.0.0' });
  server.registerTool(
    'echo',
    { description: 'Says back what it is told', inputSchema: z.object({ message: z.string() }) },
    ({ message }) => ({ content: [{ type: 'text', text: message }] }),
  );
  server.registerTool(
    'add',
    { description: 'Adds two numbers', inputSchema: z.object({ a: z.number(), b: z.number() }) },
    ({ a, b }) => ({ content: [{ type: 'text', text: String(a + b) }] }),
  );
  return server;
}

/** The ways in which the SDK can be put up, by the argument that chooses one. */
const handlers = {
  /** The SDK's default: 2026-07-28, and the revisions before it for clients that know no better. No sessions. */
  modern: () => toNodeHandler(createMcpHandler(sdkServer)),
  /** 2026-07-28 alone. */
  strict: () => toNodeHandler(createMcpHandler(sdkServer, { legacy: 'reject' })),
  /** The revisions that begin with `initialize` alone: what a server that was moved over from version 1 does. */
  legacy: () => async (request, response) => {
    const server = sdkServer();
    const transport = new NodeStreamableHTTPServerTransport({ sessionIdGenerator: undefined });
    response.on('close', () => void server.close());
    await server.connect(transport);
    await transport.handleRequest(request, response);
  },
};

const mode = process.argv[2] ?? 'modern';
if (!Object.hasOwn(handlers, mode)) throw new Error(`${mode} is none of ${Object.keys(handlers).join(', ')}`);
const handle = handlers[mode]();
const hosts = process.env.ALLOWED_HOSTS;
const isHostAllowed = hosts === undefined ? () => true : hostHeaderValidation(hosts.split(','));

const server = createServer((request, response) => {
  // It has answered 403 itself.
  if (!isHostAllowed(request, response)) return;
  if (request.url?.split('?', 1)[0] !== '/mcp') response.writeHead(404).end();
  else handle(request, response).catch((thrown) => response.destroy(thrown));
});
server.listen(Number(process.env.PORT ?? 8080), '0.0.0.0');

// Process 1 ends on no signal that it does not handle.
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => {
    server.close();
    // What is open is cut: an event stream would otherwise keep it for ever.
    server.closeAllConnections();
  });
}
