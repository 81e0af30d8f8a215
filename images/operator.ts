import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BundledFile, bundle, bundleEntries, projectRoot } from './bundle.ts';
import { ImageError } from './image-error.ts';
import { nodeRunConfig, nodeRuntimeLayer } from './node-runtime.ts';
import type { RunConfig } from './oci.ts';
import type { ImageContent, RecipeContext } from './recipe.ts';

/** What the operator's main file is called, without extension. */
export const operatorName = 'smooth-operator';

/**
 * The operator, bundled: `smooth-operator.js` and what it loads later, such as the kubeconfig loader, which a pod never needs.
 *
 * @throws ImageError `ToolFailed` with what the bundler said
 */
export function bundleOperator(): Promise<BundledFile[]> {
  return bundle(join(projectRoot, 'src', 'main.ts'), operatorName);
}

/** How the operator's container starts: its ports are those of `--metrics-bind-address` and `--health-probe-bind-address`. */
export const operatorRun: RunConfig = nodeRunConfig(['--enable-source-maps', `/app/dist/${operatorName}.js`], {
  exposedPorts: [8080, 8081],
  labels: { 'org.opencontainers.image.title': operatorName, 'org.opencontainers.image.licenses': 'Apache-2.0' },
});

/** The operator's own image: Node and the bundle, no shell, nothing that has to be written. */
export async function operatorImage(context: RecipeContext): Promise<ImageContent> {
  const app = bundleEntries(await bundleOperator(), operatorName, await projectVersion());
  return { layers: [await nodeRuntimeLayer(context), { name: 'operator', entries: app }], run: operatorRun };
}

async function projectVersion(): Promise<string> {
  const path = join(projectRoot, 'package.json');
  const manifest: { version?: unknown } = JSON.parse(await readFile(path, 'utf8'));
  if (typeof manifest.version !== 'string') throw new ImageError('BadEntry', `${path} has no version`);
  return manifest.version;
}
