import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { chartPath } from './helm.ts';

/** The version that the chart of yesterday has here. */
export const olderVersion = '0.0.1';
/** What its CRD says of MCPServers, which is how one can tell which chart's CRD is there. */
export const olderDescription = 'An MCPServer, as yesterday had it.';

/**
 * The chart as an earlier release may have had it: another version, another CRD, and the operator's flags in another
 * order, so that an upgrade changes something in everything that matters. It goes after the test file.
 *
 * Made from the chart as it is, because the first release has no predecessor.
 *
 * @returns its directory
 */
export async function olderChart(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'smooth-chart-'));
  after(() => rm(directory, { recursive: true, force: true }));
  await cp(chartPath, directory, { recursive: true });
  await edit(join(directory, 'Chart.yaml'), /^version: .*$/m, `version: ${olderVersion}`);
  const crd = join(directory, 'files', 'crd-spec.yaml');
  await edit(crd, /(openAPIV3Schema:\n {10}description:).*$/m, `$1 ${olderDescription}`);
  const deployment = join(directory, 'templates', 'deployment.yaml');
  await edit(deployment, / {12}- --log-level=.*\n/, '');
  return directory;
}

async function edit(path: string, what: RegExp, by: string): Promise<void> {
  const text = await readFile(path, 'utf8');
  if (!what.test(text)) throw new Error(`${path} has no ${what}`);
  await writeFile(path, text.replace(what, by));
}
