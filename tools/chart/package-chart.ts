import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runOrThrow } from '../../cluster/process/run.ts';
import { repositoryRoot } from '../generated-file.ts';
import { chartDirectory } from './chart-files.ts';

/** What a packaged chart is to be. */
export interface ChartPackage {
  /** Of the chart and of the operator: `0.2.0`. */
  readonly version: string;
  /** Where the release's image is, without a tag: the default of `image.repository`, for who installs it as it is. */
  readonly repository: string;
  /** Where the package goes. */
  readonly directory: string;
  /** Helm's path. */
  readonly helm: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Packages the chart for a release. The chart in the repository is left as it is.
 *
 * @returns the path of `smooth-operator-0.2.0.tgz`
 * @throws ClusterError `CommandFailed` with what Helm said
 * @throws RangeError when the chart names no repository that could be replaced
 */
export async function packageChart(wanted: ChartPackage): Promise<string> {
  const { version, repository, directory, helm, signal } = wanted;
  const passing = await mkdtemp(join(tmpdir(), 'smooth-chart-'));
  try {
    const copy = join(passing, 'smooth-operator');
    await cp(join(repositoryRoot, chartDirectory), copy, { recursive: true });
    await nameRepository(copy, repository);
    const versions = ['--version', version, '--app-version', version];
    await runOrThrow(helm, ['package', copy, ...versions, '--destination', directory], { signal });
    return join(directory, `smooth-operator-${version}.tgz`);
  } finally {
    await rm(passing, { recursive: true, force: true });
  }
}

/** In values.yaml, and in the README that tells of it. */
async function nameRepository(chart: string, repository: string): Promise<void> {
  await replaceIn(join(chart, 'values.yaml'), /^( {2}repository:) ""$/m, `$1 ${repository}`);
  await replaceIn(join(chart, 'README.md'), /^(\| `image\.repository` \| string \|) `""`/m, `$1 \`"${repository}"\``);
}

async function replaceIn(path: string, what: RegExp, by: string): Promise<void> {
  const text = await readFile(path, 'utf8');
  if (!what.test(text)) throw new RangeError(`${path} has no image.repository that could be replaced`);
  await writeFile(path, text.replace(what, by));
}
