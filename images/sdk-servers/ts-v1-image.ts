import { join } from 'node:path';
import { bundle, bundleEntries } from '../bundle.ts';
import { nodeRunConfig, nodeRuntimeLayer } from '../node-runtime.ts';
import type { ImageContent, RecipeContext } from '../recipe.ts';
import { serverPort } from './server-run.ts';

const name = 'sdk-ts-v1';

/**
 * A server on the TypeScript SDK, version 1 (`ts-v1/`), bundled: MCP at `/mcp`.
 *
 * @throws ImageError `ToolFailed` with what the bundler said
 */
export async function tsV1Image(context: RecipeContext): Promise<ImageContent> {
  const files = await bundle(join(import.meta.dirname, 'ts-v1', 'main.ts'), 'server');
  return {
    layers: [await nodeRuntimeLayer(context), { name, entries: bundleEntries(files, name, '1.0.0') }],
    run: nodeRunConfig(['/app/dist/server.js'], { env: { PORT: String(serverPort) }, exposedPorts: [serverPort] }),
  };
}
