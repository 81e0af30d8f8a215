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
import { type KeptOptions, type KeptTurns, openKeptTurns } from './kept-turns.ts';
import type { RaceOptions } from './options.ts';
import type { TurnResult } from './phase-result.ts';
import { type Programs, writePrograms } from './programs.ts';
import { schedule, secondsToGo, type Turn } from './schedule.ts';
import { runTurn } from './turn.ts';

/** Where profiles go. */
export const profileDirectory: string = join(layoutOf().checkout, '.local', 'bench', 'profiles');

/** What a race has measured so far. */
export const turnsFile: string = join(layoutOf().checkout, '.local', 'bench', 'turns.json');

/** An adapter, and the file that its paths are relative to. */
interface Entrant {
  readonly adapter: Adapter;
  readonly file: string;
}

/**
 * Runs all turns, one after the other.
 *
 * @param say told how it goes, a line at a time
 * @param keepIn where each turn is kept once it is over. Default: nowhere, and no race is resumed
 * @throws what the first turn throws that fails: a race with a part missing has no figures
 */
export async function runRace(
  options: RaceOptions,
  signal: AbortSignal,
  say: (line: string) => void,
  keepIn?: string,
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
    const kept = await openKeptTurns({ file: keepIn, rules: rulesOf(options, programs), resume: options.resume });
    if (keepIn !== undefined)
      say('each turn is kept when it is over: after an interruption --resume goes on from there');
    return await runTurns({ options, entrants: [...built, ...others], programs, binaries, signal, say, kept });
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
  readonly kept: KeptTurns;
}

/** What must be the same in all turns for their figures to stand in one table. */
function rulesOf(options: RaceOptions, { build }: Programs): KeptOptions['rules'] {
  const { inFlight, singles, steadySeconds, profile } = options;
  return { build, phases: [...options.phases].join(), inFlight, singles, steadySeconds, profile };
}

async function runTurns({
  options,
  entrants,
  programs,
  binaries,
  signal,
  say,
  kept,
}: Race): Promise<readonly TurnResult[]> {
  const byName = new Map(entrants.map((entrant) => [entrant.adapter.name, entrant]));
  if (byName.size < entrants.length) {
    throw new AdapterError(`two contestants have one name; they are ${entrants.map((e) => e.adapter.name).join(', ')}`);
  }
  const { phases, inFlight, singles, steadySeconds } = options;
  const all = schedule([...byName.keys()], options.servers, options.runs);
  const turns = all.filter((turn) => !kept.has(turn));
  if (turns.length < all.length) say(`${all.length - turns.length} of ${all.length} turns are over already`);
  const start = performance.now();
  for (const [index, turn] of turns.entries()) {
    const entrant = byName.get(turn.contestant);
    if (entrant === undefined) continue;
    const left = secondsToGo(turns, index, (performance.now() - start) / 1_000);
    say(`turn ${index + 1} of ${turns.length}: ${titleOf(turn)}; about ${duration(left * 1_000)} to go`);
    const turnStart = performance.now();
    const result = await runTurn({
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
    });
    await kept.add(result);
  }
  return kept.turns();
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
