import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryRoot } from './generated-file.ts';
import { type MakeTarget, parseMakefile } from './makefile.ts';

// `make help`: the targets, as the comments in the Makefile tell them.

/**
 * What `make help` prints.
 *
 * @param targets in the order in which they are listed; a heading is printed where the section changes
 * @returns lines without line ends
 */
export function helpText(targets: readonly MakeTarget[]): string[] {
  const width = Math.max(...targets.map(({ name }) => name.length));
  const lines = ['Usage: make <target> [ARGS="…"] [IMG=…], or: task <target> [IMG=…] [-- …]'];
  let section = '';
  for (const target of targets) {
    if (target.section !== section) lines.push('', target.section);
    section = target.section;
    lines.push(`  ${target.name.padEnd(width)}  ${target.description}`);
  }
  lines.push('', 'KUBECONFIG=… points install, run and deploy at another cluster. CONTRIBUTING.md tells the rest.');
  return lines;
}

if (import.meta.main) {
  const targets = parseMakefile(await readFile(join(repositoryRoot, 'Makefile'), 'utf8'));
  for (const line of helpText(targets)) console.log(line);
}
