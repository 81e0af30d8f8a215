import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultCacheDir } from '../cache.ts';
import { exitCodeOf } from '../cli.ts';
import { ImageError } from '../image-error.ts';
import { untilInterrupted } from '../interrupt.ts';
import type { RecipeContext } from '../recipe.ts';
import { unpackLayers } from '../unpack.ts';
import { buildSdkServer, missingToolchain } from './build-sdk-server.ts';
import { isSdkServerName, type SdkServerName, sdkImages, sdkServerNames, sdkServers } from './catalog.ts';
import { surprises, type Trial, tryServer } from './trial.ts';
import { alignColumns, trialHeadings, trialRow } from './trial-table.ts';

// Builds the servers on the official SDKs, runs each in its image's files, probes it as the operator does, and prints what
// came of it: node images/sdk-servers/try.ts [name ...]

const say = (line: string) => console.error(line);

/**
 * What is built is kept; what is unpacked goes at the end.
 *
 * @returns whether all was as the catalog says
 */
async function tryAll(names: readonly SdkServerName[], signal: AbortSignal): Promise<boolean> {
  const rows: (readonly string[])[] = [];
  const refusals: string[] = [];
  const wrong: string[] = [];
  for (const name of names) {
    if (signal.aborted) throw new ImageError('Aborted', 'the trials were interrupted');
    const start = performance.now();
    try {
      const built = await buildSdkServer(name, { signal, progress: say });
      const buildMs = performance.now() - start;
      say(`trying ${name}`);
      const trial = await tryUnpacked(name, signal);
      rows.push(trialRow(name, trial, { size: built.size, buildMs }));
      refusals.push(...refusalOf(name, trial));
      wrong.push(...surprises(sdkServers[name], trial.usual).map((line) => `error: ${name}: ${line}`));
    } catch (thrown) {
      const reason = missingToolchain(thrown);
      if (reason === undefined) throw thrown;
      rows.push([name, `skipped: ${reason}`]);
    }
  }
  for (const line of [...alignColumns([trialHeadings, ...rows]), '', ...refusals, ...wrong]) console.log(line);
  return wrong.length === 0;
}

async function tryUnpacked(name: SdkServerName, signal: AbortSignal): Promise<Trial> {
  const server = sdkServers[name];
  const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
  const context: RecipeContext = { architecture, cacheDir: defaultCacheDir(), progress: say, signal };
  const { layers, run } = await sdkImages[server.image](context);
  const directory = await mkdtemp(join(tmpdir(), 'smooth-operator-trial-'));
  try {
    const root = join(directory, 'root');
    await unpackLayers(layers, root);
    return await tryServer(server, root, run);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** What the operator says of a server that guards against names like the Service's: people will read it in a status. */
function refusalOf(name: SdkServerName, { guarded }: Trial): string[] {
  return guarded === undefined ? [] : [`${name}, which allows other names only: ${guarded.message}`];
}

function checkName(name: string): SdkServerName {
  if (isSdkServerName(name)) return name;
  throw new ImageError(
    'UnknownImage',
    `no server ${JSON.stringify(name)} is made here: use ${sdkServerNames.join(', ')}`,
  );
}

if (import.meta.main) {
  try {
    const given = process.argv.slice(2).map(checkName);
    const right = await untilInterrupted((signal) => tryAll(given.length === 0 ? sdkServerNames : given, signal));
    if (!right) process.exitCode = 1;
  } catch (thrown) {
    process.exitCode = exitCodeOf(thrown, say);
  }
}
