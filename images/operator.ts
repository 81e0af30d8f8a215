import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BundledFile, bundle, bundleEntries, projectRoot } from './bundle.ts';
import { debianLock } from './debian/lock.ts';
import { ImageError } from './image-error.ts';
import { lockedPackages } from './node-package.ts';
import { nodeRunConfig, nodeRuntimeLayer, shippedNodeRuntime } from './node-runtime.ts';
import type { RunConfig } from './oci.ts';
import { debianParts, nodeParts, npmParts } from './operator-parts.ts';
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

/**
 * How Node is started: with the limits that bin/smooth-operator tells of, so that a pod takes no more memory than the
 * same operator on a laptop. There is no ExperimentalWarning to silence: the bundle is JavaScript.
 *
 * Without `--enable-source-maps`: Node would read the map at the start and keep it, 24 MB of the 97 that an idle pod took.
 * The bundle keeps its line breaks and the names of functions, and says above each part which source it is from. For the
 * sources' own lines, set NODE_OPTIONS=--enable-source-maps on the Deployment.
 */
const nodeFlags = ['--max-semi-space-size=4', '--initial-old-space-size=16', '--heap-growing-percent=30'];

/** How the operator's container starts: its ports are those of `--metrics-bind-address` and `--health-probe-bind-address`. */
export const operatorRun: RunConfig = nodeRunConfig([...nodeFlags, `/app/dist/${operatorName}.js`], {
  exposedPorts: [8080, 8081],
  labels: { 'org.opencontainers.image.title': operatorName, 'org.opencontainers.image.licenses': 'Apache-2.0' },
});

/** The operator's own image: Node and the bundle, no shell, nothing that has to be written. */
export async function operatorImage(context: RecipeContext): Promise<ImageContent> {
  const bundled = await bundleOperator();
  const app = { name: 'operator', entries: bundleEntries(bundled, operatorName, await projectVersion()) };
  if (context.libraries !== 'debian') return { layers: [await nodeRuntimeLayer(context), app], run: operatorRun };

  const { layer, debian } = await shippedNodeRuntime(context);
  const locked = await lockedPackages();
  const parts = [
    ...npmParts(bundled, locked),
    ...nodeParts(context.architecture, locked, process.versions),
    ...debianParts(debian.packages, await debianLock()),
  ];
  return { layers: [layer, app], run: operatorRun, parts };
}

/** The version in package.json, the one place where it stands. */
export async function projectVersion(): Promise<string> {
  const path = join(projectRoot, 'package.json');
  const manifest: { version?: unknown } = JSON.parse(await readFile(path, 'utf8'));
  if (typeof manifest.version !== 'string') throw new ImageError('BadEntry', `${path} has no version`);
  return manifest.version;
}
