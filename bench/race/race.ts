import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { controlPlaneNames } from '../../cluster/binaries/release.ts';
import { type Binaries, resolveBinaries } from '../../cluster/binaries/resolve.ts';
import { errnoOf } from '../../cluster/errno.ts';
import { layoutOf } from '../../cluster/layout.ts';
import { duration } from '../../cluster/progress.ts';
import { type Adapter, AdapterError, parseAdapter } from './adapter.ts';
import { floor } from './adapters/floor.ts';
import { smoothOperator } from './adapters/smooth-operator.ts';
import { FLOOR } from './figures.ts';
import type { RaceOptions } from './options.ts';
import type { TurnResult } from './phase-result.ts';
import { type Programs, writePrograms } from './programs.ts';
import { schedule, secondsToGo, type Turn } from './schedule.ts';
import { runTurn } from './turn.ts';

/** Where profiles go. */
export const profileDirectory: string = join(layoutOf().checkout, '.local', 'bench', 'profiles');

/** An adapter, and the file that its paths are relative to. */
interface Entrant {
  readonly adapter: Adapter;
  readonly file: string;
}

/**
 * Runs all turns, one after the other.
 *
 * @param say told how it goes, a line at a time
 * @throws what the first turn throws that fails: a race with a part missing has no figures
 */
export async function runRace(
  options: RaceOptions,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<readonly TurnResult[]> {
  const others = await Promise.all(options.adapters.map(readAdapter));
  const binaries = await resolveBinaries({ needed: controlPlaneNames, report: say });
  // One of its own: two races at the same time must not overwrite what the other one runs.
  const directory = await mkdtemp(join(tmpdir(), 'smooth-bench-'));
  try {
    say('bundling the operator as its image has it, and the floor');
    const programs = await writePrograms(directory);
    const own = options.withOperator ? [smoothOperator(programs.operator)] : [];
    const built = [floor(programs.floor), ...own].map((adapter) => ({ adapter, file: join(directory, 'adapter') }));
    return await runTurns({ options, entrants: [...built, ...others], programs, binaries, signal, say });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

interface Race {
  readonly options: RaceOptions;
  readonly entrants: readonly Entrant[];
  readonly programs: Programs;
  readonly binaries: Binaries;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

async function runTurns({ options, entrants, programs, binaries, signal, say }: Race): Promise<readonly TurnResult[]> {
  const byName = new Map(entrants.map((entrant) => [entrant.adapter.name, entrant]));
  if (byName.size < entrants.length) {
    throw new AdapterError(`two contestants have one name; they are ${entrants.map((e) => e.adapter.name).join(', ')}`);
  }
  const { phases, inFlight, singles, steadySeconds } = options;
  const turns = schedule([...byName.keys()], options.servers, options.runs);
  const start = performance.now();
  const results: TurnResult[] = [];
  for (const [index, turn] of turns.entries()) {
    const entrant = byName.get(turn.contestant);
    if (entrant === undefined) continue;
    const left = secondsToGo(turns, index, (performance.now() - start) / 1_000);
    say(`turn ${index + 1} of ${turns.length}: ${titleOf(turn)}; about ${duration(left * 1_000)} to go`);
    const turnStart = performance.now();
    results.push(
      await runTurn({
        adapter: entrant.adapter,
        adapterFile: entrant.file,
        probe: programs.probe,
        servers: turn.servers,
        run: turn.run,
        phases,
        inFlight,
        singles,
        steadySeconds,
        profileDir: profileDirOf(options, turn),
        binaries,
        signal,
        progress: (text) => say(`  ${duration(performance.now() - turnStart).padStart(12)}  ${text}`),
      }),
    );
  }
  return results;
}

function titleOf({ contestant, servers, run }: Turn): string {
  return `${contestant}, ${servers.toLocaleString('en-US')} servers, run ${run}`;
}

/** The yardstick needs no profile. */
function profileDirOf({ profile }: RaceOptions, { contestant, servers, run }: Turn): string | undefined {
  if (!profile || contestant === FLOOR) return undefined;
  return join(profileDirectory, `${contestant}-${servers}-${run}`);
}

async function readAdapter(path: string): Promise<Entrant> {
  const file = resolve(path);
  try {
    return { adapter: parseAdapter(JSON.parse(await readFile(file, 'utf8')), path), file };
  } catch (thrown) {
    if (thrown instanceof SyntaxError) throw new AdapterError(`${path} is not JSON: ${thrown.message}`);
    const code = errnoOf(thrown);
    if (code === undefined) throw thrown;
    throw new AdapterError(`--adapter=${path} cannot be read (${code}); it is the path of a JSON file, see --help`);
  }
}
