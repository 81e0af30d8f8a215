import { chartReadme } from './chart/chart-readme.ts';
import { metricsDocs } from './chart/metrics-docs.ts';
import { type GeneratedFile, publish, repositoryRoot } from './generated-file.ts';

/** `npm run generate`: writes the chart's README and docs/metrics.md. `--check` fails when one is stale. */

/** Every document that follows from the chart and from the metrics. */
export async function chartDocs(): Promise<readonly GeneratedFile[]> {
  return [await chartReadme(repositoryRoot), await metricsDocs()];
}

if (import.meta.main) {
  process.exitCode = await publish(await chartDocs(), {
    args: process.argv.slice(2),
    command: 'make generate',
    root: repositoryRoot,
    print: console.log,
  });
}
