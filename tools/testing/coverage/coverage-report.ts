import { readFile, realpath } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { sourceFiles } from '../../source-files.ts';
import { codeLines } from './code-lines.ts';
import { coveredLines, readCoverage } from './v8-coverage.ts';

/** The coverage of one file. */
export interface FileCoverage {
  /** Relative to the root of the repository. */
  readonly path: string;
  /** How many lines of code it has. */
  readonly lines: number;
  /** The numbers of those that never ran. */
  readonly uncovered: readonly number[];
}

/**
 * The coverage of everything below `src/`, files that no process loaded included.
 *
 * @param root of the repository
 * @param directory that the processes wrote their coverage into
 */
export async function measureCoverage(root: string, directory: string): Promise<FileCoverage[]> {
  // V8 knows files by their real paths.
  const real = await realpath(root);
  const scripts = await readCoverage(directory, join(real, 'src'));
  const sources = (await sourceFiles(real)).filter(({ path, isTest }) => path.startsWith('src/') && !isTest);
  return Promise.all(
    sources.map(async ({ path }) => {
      const lines = codeLines(await readFile(join(real, path), 'utf8'));
      const covered = coveredLines(lines, scripts.get(join(real, path)) ?? []);
      const uncovered = lines.map(({ number }) => number).filter((number) => !covered.has(number));
      return { path: relative(real, join(real, path)), lines: lines.length, uncovered };
    }),
  );
}

/** Lines of code and how many of them ran. */
export interface FolderCoverage {
  /** `src/runtime`; `src` for the files in it; `all` for everything. */
  readonly folder: string;
  readonly lines: number;
  readonly covered: number;
}

/** The coverage of each folder right below `src/`, of the files in `src/` itself, and of all, in this order. */
export function byFolder(files: readonly FileCoverage[]): FolderCoverage[] {
  const folders = [...new Set(files.map(({ path }) => folderOf(path)))].sort();
  const ordered = [...folders.filter((folder) => folder !== 'src'), ...folders.filter((folder) => folder === 'src')];
  const within = (folder: string) => files.filter(({ path }) => folderOf(path) === folder);
  return [...ordered.map((folder) => total(folder, within(folder))), total('all', files)];
}

function folderOf(path: string): string {
  const [root = '', folder = '', ...rest] = path.split('/');
  return rest.length > 0 ? `${root}/${folder}` : root;
}

function total(folder: string, files: readonly FileCoverage[]): FolderCoverage {
  const lines = files.reduce((sum, file) => sum + file.lines, 0);
  const uncovered = files.reduce((sum, file) => sum + file.uncovered.length, 0);
  return { folder, lines, covered: lines - uncovered };
}

/** What share of the lines ran, in percent. No lines are all covered. */
export function percent({ lines, covered }: Pick<FolderCoverage, 'lines' | 'covered'>): number {
  return lines === 0 ? 100 : (covered / lines) * 100;
}

/** Two digits that never round a miss up to a hit: 89.999 is 89.99. */
function shown(value: number): string {
  return (Math.floor(value * 100) / 100).toFixed(2);
}

/**
 * The table for a person.
 *
 * @param required folders with the least share of lines, in percent, that they must have. Empty when only some of the
 *   tests ran: then the files that lack tests are not known
 * @returns lines without line ends: a row a folder, then the files that are below 90 %, with their lines
 */
export function coverageLines(files: readonly FileCoverage[], required: Readonly<Record<string, number>>): string[] {
  const rows = byFolder(files).map((folder) => {
    const least = required[folder.folder];
    const must = least === undefined ? '' : `  (at least ${least} %)`;
    const share = shown(percent(folder)).padStart(6);
    return `  ${folder.folder.padEnd(16)} ${share} %  ${folder.covered} of ${folder.lines} lines${must}`;
  });
  const worst = files
    .map((file) => ({ ...file, share: percent({ lines: file.lines, covered: file.lines - file.uncovered.length }) }))
    .filter(({ share }) => share < 90)
    .sort((a, b) => b.uncovered.length - a.uncovered.length);
  if (worst.length === 0 || Object.keys(required).length === 0) return rows;
  const list = worst.map(({ path, share, uncovered }) => {
    const parts = ranges(uncovered);
    const more = parts.length > mostRanges ? ', …' : '';
    return `  ${shown(share).padStart(6)} %  ${path}: ${parts.slice(0, mostRanges).join(', ')}${more}`;
  });
  return [...rows, '  files below 90 %, and their lines that no test ran:', ...list];
}

/** Enough to begin with, and a line of a terminal or two. */
const mostRanges = 15;

/** `[1, 2, 3, 7]` as `['1-3', '7']`. */
export function ranges(numbers: readonly number[]): string[] {
  const parts: string[] = [];
  for (let index = 0; index < numbers.length; index += 1) {
    const first = numbers[index];
    while (numbers[index + 1] === (numbers[index] ?? 0) + 1) index += 1;
    parts.push(first === numbers[index] ? `${first}` : `${first}-${numbers[index]}`);
  }
  return parts;
}

/**
 * The folders that have less than they must.
 *
 * @returns a sentence each
 */
export function shortfalls(files: readonly FileCoverage[], required: Readonly<Record<string, number>>): string[] {
  return byFolder(files).flatMap((folder) => {
    const least = required[folder.folder];
    if (least === undefined || percent(folder) >= least) return [];
    const missing = Math.ceil((folder.lines * least) / 100) - folder.covered;
    return [`${folder.folder} has ${shown(percent(folder))} %, needs ${least} %: test ${missing} lines more`];
  });
}
