import { join } from 'node:path';
import { bundle, bundleEntries } from './bundle.ts';
import { nodeRunConfig, nodeRuntimeLayer } from './node-runtime.ts';
import type { ImageContent, RecipeContext } from './recipe.ts';
import { serverInfo } from './sample-server/server-info.ts';

/** Our own small MCP server (`sample-server/`), bundled: MCP at `/mcp` and `GET /health` on `PORT` (8080). */
export async function sampleServerImage(context: RecipeContext): Promise<ImageContent> {
  const files = await bundle(join(import.meta.dirname, 'sample-server', 'main.ts'), 'server');
  const app = { name: 'sample-server', entries: bundleEntries(files, serverInfo.name, serverInfo.version) };
  return {
    layers: [await nodeRuntimeLayer(context), app],
    run: nodeRunConfig(['--enable-source-maps', '/app/dist/server.js'], {
      env: { PORT: '8080' },
      exposedPorts: [8080],
    }),
  };
}
