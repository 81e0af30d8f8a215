import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CodeLine } from './code-lines.ts';

/** How often V8 ran a piece of a script. A range inside another counts for its own piece. */
export interface CoverageRange {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

/** What V8 tells of a script: its functions, outer ones first, each with its ranges, outer ones first. */
export interface ScriptCoverage {
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly CoverageRange[] }[];
}

/**
 * Reads what the processes with `NODE_V8_COVERAGE=directory` wrote when they ended.
 *
 * A process that was killed while it wrote left half a file. Tests kill processes; what the others wrote counts.
 *
 * @param below only files below this directory
 * @returns for each file, by path, one coverage for each process that loaded it
 */
export async function readCoverage(directory: string, below: string): Promise<Map<string, ScriptCoverage[]>> {
  const byFile = new Map<string, ScriptCoverage[]>();
  for (const name of await readdir(directory)) {
    for (const script of scriptsIn(await readFile(join(directory, name), 'utf8'))) {
      if (!script.url.startsWith('file://')) continue;
      const path = fileURLToPath(script.url);
      if (!path.startsWith(`${below}/`)) continue;
      const scripts = byFile.get(path) ?? [];
      scripts.push(script);
      byFile.set(path, scripts);
    }
  }
  return byFile;
}

function scriptsIn(text: string): readonly ScriptCoverage[] {
  try {
    const report: { readonly result: readonly ScriptCoverage[] } = JSON.parse(text);
    return report.result;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return [];
    throw thrown;
  }
}

/**
 * The lines that ran in at least one process.
 *
 * @param lines of the file
 * @param scripts one for each process
 * @returns their numbers
 */
export function coveredLines(lines: readonly CodeLine[], scripts: readonly ScriptCoverage[]): Set<number> {
  const covered = new Set<number>();
  for (const { functions } of scripts) {
    const ran = new Array<boolean>(lines.length).fill(true);
    for (const { startOffset, endOffset, count } of functions.flatMap(({ ranges }) => ranges)) {
      // A line is what its innermost range says that holds all of it.
      for (const [index, line] of lines.entries()) {
        if (startOffset <= line.start && endOffset >= line.end) ran[index] = count > 0;
      }
    }
    for (const [index, line] of lines.entries()) if (ran[index]) covered.add(line.number);
  }
  return covered;
}
