import { mcpServer, printerColumns } from '../src/api/v1alpha1/schema.ts';
import { apiReference } from './api-reference.ts';
import { conditionReference } from './condition-reference.ts';
import { type GeneratedFile, publish, repositoryRoot } from './generated-file.ts';
import { structuralSchemaOf } from './structural-schema.ts';

/** `npm run generate`: writes the API reference from the schema. `--check` fails when it is stale. */

/** Every generated file of docs/. */
export function apiDocs(): readonly GeneratedFile[] {
  const content = apiReference({
    schema: structuralSchemaOf(mcpServer),
    columns: printerColumns,
    conditions: conditionReference,
  });
  return [{ path: 'docs/api.md', content }];
}

if (import.meta.main) {
  process.exitCode = await publish(apiDocs(), {
    args: process.argv.slice(2),
    command: 'make generate',
    root: repositoryRoot,
    print: console.log,
  });
}
