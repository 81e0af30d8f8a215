import { join } from 'node:path';
import { file } from '../entry.ts';
import type { ImageContent, Recipe, RecipeContext } from '../recipe.ts';
import { pythonInterpreter } from './python-interpreter.ts';
import { packagesPath, pythonPackages } from './python-packages.ts';
import { pythonHome, pythonPath, pythonRuntime } from './python-runtime.ts';
import { serverRun } from './server-run.ts';

const server = '/app/server.py';

/**
 * A server on the official Python SDK (`python/v1`: FastMCP; `python/v2`: MCPServer), with this host's Python. MCP at `/mcp`.
 *
 * @returns the recipe. It throws ImageError: `ToolMissing` without a new enough Python or its pip, `ToolFailed` when the
 *   packages cannot be had
 */
export function pythonImage(major: 'v1' | 'v2'): Recipe {
  return (context) => contentOf(context, `sdk-python-${major}`, join(import.meta.dirname, 'python', major));
}

async function contentOf(context: RecipeContext, name: string, sourceDir: string): Promise<ImageContent> {
  const python = await pythonInterpreter(context.signal);
  const { layer, libraryDir } = await pythonRuntime(context, python);
  const requirements = join(sourceDir, 'requirements.txt');
  const packages = await pythonPackages(context, python, { requirements, name, libraryDir });
  const program = file(server.slice(1), { hostPath: join(sourceDir, 'server.py') });
  return {
    layers: [layer, { name, entries: [...packages, program] }],
    run: serverRun([pythonPath, server], {
      PYTHONHOME: pythonHome,
      PYTHONPATH: packagesPath,
      // The file system is read-only, and the byte code is there.
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONUNBUFFERED: '1',
    }),
  };
}
