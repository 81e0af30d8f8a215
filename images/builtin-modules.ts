import { isBuiltin } from 'node:module';
import type { Plugin } from 'esbuild';

const NAMESPACE = 'builtin';

/**
 * Has a bundle take Node's own modules as objects, not as ES modules. To make an ES module of one, Node reads each of its
 * exports once; `node:http` has those of WebSocket, and to read them loads undici: 16 MB and 20 ms, for an operator that
 * never opens one (measured with Node 26). What the sources import stays as it is.
 */
export const builtinModules: Plugin = {
  name: 'builtin-modules',
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      // What is required is an object already, and what is imported later costs nothing at the start.
      kind === 'import-statement' && isBuiltin(path) ? { path, namespace: NAMESPACE } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};

/** @param input as the bundler's metafile names it */
export const isBuiltinInput = (input: string): boolean => input.startsWith(`${NAMESPACE}:`);
