/** A target that people call: one with a description. */
export interface MakeTarget {
  readonly name: string;
  /** What stands behind `##` on the target's line. */
  readonly description: string;
  /** The last `##@` heading above it; empty without one. */
  readonly section: string;
  readonly prerequisites: readonly string[];
  /** The commands, without tab and `@`. */
  readonly recipe: readonly string[];
}

const rule = /^([A-Za-z0-9_-]+):([^=#]*)(?:##\s*(.*))?$/;

/**
 * Reads what our Makefile has of make's language: simple rules with a description behind `##`, and headings behind `##@`.
 *
 * @param text of the Makefile
 * @returns the targets that have a description, in the file's order
 */
export function parseMakefile(text: string): MakeTarget[] {
  const targets: (MakeTarget & { readonly recipe: string[] })[] = [];
  let section = '';
  let recipe: string[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('##@')) section = line.slice(3).trim();
    if (line.startsWith('\t')) recipe.push(line.slice(1).replace(/^@/, ''));
    const [, name, prerequisites = '', description] = rule.exec(line) ?? [];
    if (name === undefined) continue;
    // Commands belong to the last rule above them, whether it has a description or not.
    recipe = [];
    if (description === undefined) continue;
    targets.push({ name, description, section, prerequisites: prerequisites.split(' ').filter(Boolean), recipe });
  }
  return targets;
}
