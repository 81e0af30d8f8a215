import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errnoOf } from '../../cluster/errno.ts';
import type { TurnResult } from './phase-result.ts';
import type { Turn } from './schedule.ts';

/** The turns of a race that are over. In a file, because a whole race takes hours: one that was interrupted goes on from there. */
export interface KeptTurns {
  /** In the order in which they were run. */
  turns(): readonly TurnResult[];
  has(turn: Turn): boolean;
  /** Returns when it is in the file, where there is one. */
  add(turn: TurnResult): Promise<void>;
}

/** Where, and of what. */
export interface KeptOptions {
  /** Default: they are only remembered, and `resume` is of no use. */
  readonly file: string | undefined;
  /** What must be equal in all turns of one race, by what it is called. */
  readonly rules: Readonly<Record<string, string | number | boolean>>;
  /** Whether to go on with the race that is in the file. Otherwise it begins anew, and the first turn takes its place. */
  readonly resume: boolean;
}

interface Content {
  readonly rules: KeptOptions['rules'];
  readonly turns: readonly TurnResult[];
}

/**
 * Opens the file.
 *
 * @throws RangeError in words where there is nothing to go on with, or something else has been raced there
 */
export async function openKeptTurns({ file, rules, resume }: KeptOptions): Promise<KeptTurns> {
  const turns: TurnResult[] = resume && file !== undefined ? [...(await turnsOf(file, rules))] : [];
  return {
    turns: () => turns,
    has: (turn) => turns.some((each) => isSame(each, turn)),
    async add(turn) {
      turns.push(turn);
      if (file === undefined) return;
      const content: Content = { rules, turns };
      await mkdir(dirname(file), { recursive: true });
      // In one step: whoever is interrupted here has the turns before.
      await writeFile(`${file}.new`, JSON.stringify(content));
      await rename(`${file}.new`, file);
    },
  };
}

function isSame(one: Turn, other: Turn): boolean {
  return one.contestant === other.contestant && one.servers === other.servers && one.run === other.run;
}

async function turnsOf(file: string, rules: KeptOptions['rules']): Promise<readonly TurnResult[]> {
  const content: Content = JSON.parse(await read(file));
  const differing = Object.keys(rules).find((name) => content.rules[name] !== rules[name]);
  if (differing === undefined) return content.turns;
  const [then, now] = [content.rules[differing], rules[differing]];
  throw new RangeError(
    `--resume: ${differing} was ${then} in the race that was interrupted, and is ${now} now. Figures of both cannot stand in one table: begin anew, without --resume.`,
  );
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ENOENT') throw thrown;
    throw new RangeError(`--resume: no race was interrupted: ${file} is not there. Begin one, without --resume.`);
  }
}
