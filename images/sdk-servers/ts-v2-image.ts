import { join } from 'node:path';
import { file } from '../entry.ts';
import { nodeRunConfig, nodeRuntimeLayer } from '../node-runtime.ts';
import { npmPackages } from '../npm-packages.ts';
import type { ImageContent, RecipeContext } from '../recipe.ts';
import { serverPort } from './server-run.ts';

const sourceDir = join(import.meta.dirname, 'ts-v2');
const name = 'sdk-ts-v2';

/**
 * A server on the TypeScript SDK, version 2 (`ts-v2/`), as npm has it: MCP at `/mcp`.
 *
 * Its packages are this image's alone, with a lock file of their own: the project itself needs version 1.
 *
 * @throws ImageError `ToolMissing` without npm, `ToolFailed` when its packages cannot be had
 */
export async function tsV2Image(context: RecipeContext): Promise<ImageContent> {
  const entries = [
    file('app/main.mjs', { hostPath: join(sourceDir, 'main.mjs') }),
    ...(await npmPackages(context, sourceDir, name)),
  ];
  return {
    layers: [await nodeRuntimeLayer(context), { name, entries }],
    run: nodeRunConfig(['/app/main.mjs'], { env: { PORT: String(serverPort) }, exposedPorts: [serverPort] }),
  };
}
