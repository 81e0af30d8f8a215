import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { selfTimes } from './cpu-profile.ts';
import { FLOOR } from './figures.ts';
import type { TurnResult } from './phase-result.ts';

/** How many functions are named for each phase. */
const MOST = 12;

/**
 * What the profiles of a race say, for those who have no viewer at hand: for each phase the functions that ran longest.
 *
 * @param directory where the profiles are
 * @returns lines, with where the files are
 */
export async function profileReport(directory: string, turns: readonly TurnResult[]): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const { contestant, servers, run, phases } of turns.filter((turn) => turn.contestant !== FLOOR)) {
    const folder = join(directory, `${contestant}-${servers}-${run}`);
    for (const phase of Object.keys(phases)) {
      const profile = JSON.parse(await readFile(join(folder, `${phase}.cpuprofile`), 'utf8'));
      lines.push('', `${contestant}, ${servers} servers, ${phase}: the functions that ran longest by themselves`);
      lines.push(...selfTimes(profile, MOST).map(({ name, ms }) => `  ${ms.toFixed(0).padStart(6)} ms  ${name}`));
    }
    lines.push('', `Profiles and a heap snapshot, for Chrome's DevTools or any viewer: ${folder}`);
  }
  return lines;
}
