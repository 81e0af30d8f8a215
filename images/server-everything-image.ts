import { join } from 'node:path';
import { nodeRunConfig, nodeRuntimeLayer } from './node-runtime.ts';
import { npmPackages } from './npm-packages.ts';
import type { ImageContent, RecipeContext } from './recipe.ts';

const name = 'server-everything';
const server = '/app/node_modules/@modelcontextprotocol/server-everything/dist/index.js';

/**
 * The MCP project's reference server in `streamableHttp` mode, as npm has it: `/mcp` on `PORT` (8080).
 * It answers 404 to `/health`, as most MCP servers do. With the argument `sse` it speaks HTTP+SSE at `/sse` instead.
 *
 * Not bundled: it reads its own documents by paths relative to its modules.
 *
 * @throws ImageError `ToolMissing` without npm, `ToolFailed` when its packages cannot be had
 */
export async function serverEverythingImage(context: RecipeContext): Promise<ImageContent> {
  const entries = await npmPackages(context, join(import.meta.dirname, name), name);
  return {
    layers: [await nodeRuntimeLayer(context), { name, entries }],
    run: nodeRunConfig([server], {
      cmd: ['streamableHttp'],
      env: { PORT: '8080' },
      exposedPorts: [8080],
      // It handles SIGINT only; as process 1 it would sit out a SIGTERM until it is killed.
      stopSignal: 'SIGINT',
    }),
  };
}
