import { customResourceDefinition } from './crd.ts';
import { type GeneratedFile, publish, repositoryRoot, yamlFile } from './generated-file.ts';

/** `npm run manifests`: writes config/ from the schema and the code. `--check` fails when a file is stale. */

/** Every generated file of config/. */
export function manifests(): readonly GeneratedFile[] {
  return [yamlFile('config/crd/bases/mcp.mcp.dev_mcpservers.yaml', customResourceDefinition())];
}

if (import.meta.main) {
  process.exitCode = await publish(manifests(), {
    args: process.argv.slice(2),
    command: 'make manifests',
    root: repositoryRoot,
    print: console.log,
  });
}
