import { stripTypeScriptTypes } from 'node:module';

/** A line of a source that is code: what coverage is measured in. */
export interface CodeLine {
  /** Counted from 1. */
  readonly number: number;
  /** Where its code begins in the text that runs, white space left out. */
  readonly start: number;
  /** Where it ends, exclusive. */
  readonly end: number;
}

/** A line that begins like one of these is a comment: Biome puts no operator at the start of a line. */
const comment = /^(?:\/\/|\/\*|\*)/;

/**
 * The lines of a TypeScript file that are code. Types, comments and blank lines are none: they are never run, and counting
 * them as covered would make every well commented file look tested.
 *
 * Node runs TypeScript by putting blanks where the types were, so a position in the text that runs is one in the file.
 *
 * @param source TypeScript with erasable syntax only
 */
export function codeLines(source: string): CodeLine[] {
  const lines: CodeLine[] = [];
  let offset = 0;
  for (const [index, line] of withoutTypes(source).split('\n').entries()) {
    const code = line.trim();
    if (code !== '' && !comment.test(code)) {
      const start = offset + line.indexOf(code);
      lines.push({ number: index + 1, start, end: start + code.length });
    }
    offset += line.length + 1;
  }
  return lines;
}

function withoutTypes(source: string): string {
  // It says that it is experimental each time a process first calls it. That is known, and pinned with Node's version.
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return stripTypeScriptTypes(source);
  } finally {
    process.emitWarning = emitWarning;
  }
}
