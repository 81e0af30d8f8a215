/** What our Markdown documents promise: links that lead somewhere, and commands that exist. */

/** A link, as written: `docs/api.md#conditions`. */
export interface Link {
  /** Empty for a link within the document. */
  readonly path: string;
  /** Without the `#`; undefined for a link to a whole file. */
  readonly anchor: string | undefined;
}

/** A command of ours that a document tells the reader to run. */
export interface NamedCommand {
  readonly tool: 'make' | 'task' | 'npm run';
  /** A target or a script. */
  readonly name: string;
}

const fence = /^(?: {0,3})(```+|~~~+)[^\n]*\n[\s\S]*?^(?: {0,3})\1/gm;
const codeSpan = /(`+)(?!`)([\s\S]*?[^`])\1(?!`)/g;

/**
 * The links to files and headings of this repository. Links to other sites are not looked at.
 *
 * @param markdown CommonMark, with inline links `[text](target)` as all of ours are
 */
export function linksOf(markdown: string): readonly Link[] {
  const prose = markdown.replaceAll(fence, '').replaceAll(codeSpan, '');
  return [...prose.matchAll(/\]\(([^()\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z][a-z0-9+.-]*:/i.test(target))
    .map((target) => {
      const [path = '', anchor] = target.split('#');
      return { path, anchor };
    });
}

/**
 * The anchors of a document's headings, as GitHub makes them: lower case, no punctuation, `-` for spaces, and a number
 * when the same heading comes again.
 */
export function anchorsOf(markdown: string): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const anchors = new Set<string>();
  for (const [, heading = ''] of markdown.replaceAll(fence, '').matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = text.replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '').replaceAll(' ', '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    anchors.add(times === 0 ? slug : `${slug}-${times}`);
  }
  return anchors;
}

/**
 * The commands of ours that stand in code, inline or in blocks. Prose is free to make sense.
 *
 * @param markdown CommonMark
 */
export function commandsOf(markdown: string): readonly NamedCommand[] {
  const blocks = [...markdown.matchAll(fence)].map(([block]) => block);
  const spans = [...markdown.replaceAll(fence, '').matchAll(codeSpan)].map(([, , span = '']) => span);
  return [...blocks, ...spans].flatMap((code) => code.split('\n').flatMap(commandsIn));
}

function commandsIn(line: string): readonly NamedCommand[] {
  // What follows "#" is talk, and several commands may stand in one line.
  const commands = line.replace(/(?:^|\s)#.*$/, '').split(/&&|\|\||[;|]/);
  return commands.flatMap((command): readonly NamedCommand[] => {
    const words = command.trim().replace(/^\$ /, '').split(/\s+/);
    while (/^[A-Z_]+=/.test(words[0] ?? '')) words.shift();
    const [tool, ...rest] = words;
    if (tool === 'make' || tool === 'task') return targets(rest).map((name) => ({ tool, name }));
    if (tool !== 'npm' || rest[0] !== 'run') return [];
    const name = rest.slice(1).find((word) => !word.startsWith('-'));
    return name === undefined ? [] : [{ tool: 'npm run', name }];
  });
}

/** Several may be named at once; variables and options are not among them, nor is what follows `--`. */
function targets(words: readonly string[]): readonly string[] {
  const end = words.indexOf('--');
  const own = end === -1 ? words : words.slice(0, end);
  // A value with spaces in it, ARGS="--filter x", ends the targets.
  const quoted = own.findIndex((word) => /["']/.test(word));
  return (quoted === -1 ? own : own.slice(0, quoted)).filter((word) => /^[a-z][a-z0-9-]*$/.test(word));
}

/**
 * The Helm commands in a document's shell blocks, each as its words after `helm`. A command may go on over lines that end
 * with a backslash, and single quotes keep a word together.
 *
 * @param markdown CommonMark
 */
export function helmCommandsOf(markdown: string): readonly (readonly string[])[] {
  const blocks = [...markdown.matchAll(fence)].map(([block]) => block).filter((block) => /^ {0,3}```+sh\n/.test(block));
  const lines = blocks.flatMap((block) => block.replaceAll(/\\\n\s*/g, ' ').split('\n'));
  return lines
    .map((line) => line.trim().match(/'[^']*'|[^\s']+/g) ?? [])
    .filter(([program]) => program === 'helm')
    .map((words) => words.slice(1).map((word) => word.replaceAll("'", '')));
}
