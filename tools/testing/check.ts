import { join } from 'node:path';
import { run } from '../../cluster/process/run.ts';
import type { Outcome } from './outcome.ts';

/** Something that is checked by a program: right when it exits with 0. */
export interface Check {
  readonly name: string;
  /** The command, run at the root of the repository. `node` is this one. */
  readonly command: readonly [string, ...string[]];
  /** What mends it, or shows it again. */
  readonly fix: string;
}

/** What every change must pass before any test runs. */
export const checks: readonly Check[] = [
  // In CI it takes the terminal for one with colours, whatever NO_COLOR says.
  {
    name: 'lint',
    command: ['biome', 'ci', '--colors=off', '.'],
    fix: 'make format mends what can be mended; make lint shows the rest',
  },
  { name: 'types', command: ['tsc'], fix: 'make lint shows it again' },
  {
    name: 'manifests are fresh',
    command: ['node', 'tools/manifests.ts', '--check'],
    fix: 'make generate, and commit what changes',
  },
  {
    name: 'API reference is fresh',
    command: ['node', 'tools/api-docs.ts', '--check'],
    fix: 'make generate, and commit what changes',
  },
];

/** The slowest takes seconds; a machine that is busy may take longer. */
const deadlineMs = 600_000;

/**
 * Runs one check.
 *
 * @param root of the repository
 * @returns one passed, or one failure with everything that the program printed
 */
export async function runCheck(check: Check, root: string, signal?: AbortSignal): Promise<Outcome> {
  const [program, ...args] = check.command;
  // npm puts the directory on PATH, but nobody else does.
  const start = program === 'node' ? args : [join(root, 'node_modules', '.bin', program), ...args];
  const result = await run(process.execPath, start, {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined },
    deadlineMs,
    signal,
  });
  if (result.code === 0) return { passed: 1, failures: [], skips: [] };
  const output = `${result.stdout}\n${result.stderr}`.trim();
  const text = [output, `To mend it: ${check.fix}.`].filter((part) => part !== '').join('\n\n');
  return { passed: 0, failures: [{ title: check.name, where: check.command.join(' '), text }], skips: [] };
}
