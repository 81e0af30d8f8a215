import { hostname } from 'node:os';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';
import { serverInfo } from './server-info.ts';

/** What the tools need to know. */
export interface ToolContext {
  /** The word that `greet` uses; undefined when the Secret was not injected. */
  readonly greeting: string | undefined;
  /** What `whoami` answers. Default: this machine's name, which in a pod is the pod's. */
  readonly host?: string | undefined;
}

/**
 * An MCP server with a few tools that each show one thing about a server in Kubernetes:
 * `echo` that it answers, `add` that arguments are checked, `greet` that the Secret arrived, `whoami` which pod it is.
 */
export function sampleServer(context: ToolContext): McpServer {
  const server = new McpServer(serverInfo);
  const readOnly = { readOnlyHint: true, openWorldHint: false };

  server.registerTool(
    'echo',
    {
      description: 'Says back what it is told',
      inputSchema: { message: z.string().describe('What to say back') },
      annotations: readOnly,
    },
    ({ message }) => text(message),
  );

  server.registerTool(
    'add',
    {
      description: 'Adds two numbers',
      inputSchema: { a: z.number().describe('The first number'), b: z.number().describe('The second number') },
      outputSchema: { sum: z.number() },
      annotations: readOnly,
    },
    ({ a, b }) => ({ ...text(String(a + b)), structuredContent: { sum: a + b } }),
  );

  server.registerTool(
    'greet',
    {
      description: 'Greets with the word in GREETING, which comes from the Secret that the MCPServer names',
      inputSchema: { name: z.string().describe('Whom to greet') },
      annotations: readOnly,
    },
    ({ name }) => {
      if (context.greeting !== undefined) return text(`${context.greeting}, ${name}!`);
      const fix = 'put it into a Secret and name that in spec.secretName';
      return { ...text(`GREETING is not set: ${fix}`), isError: true };
    },
  );

  server.registerTool(
    'whoami',
    {
      description: 'Names the pod that answers, so that replicas can be told apart',
      outputSchema: { hostname: z.string() },
      annotations: readOnly,
    },
    () => {
      const host = context.host ?? hostname();
      return { ...text(host), structuredContent: { hostname: host } };
    },
  );

  return server;
}

function text(content: string) {
  return { content: [{ type: 'text' as const, text: content }] };
}
