/** Something that has to be mended. */
export interface Failure {
  /** What failed, in one line: a test's full name, a check's. */
  readonly title: string;
  /** Where it is, as an editor opens it: `path:line`. Empty when it is nowhere. */
  readonly where: string;
  /** What happened, several lines. */
  readonly text: string;
  /** The last lines that the test's process printed. Default: none. */
  readonly output?: readonly string[];
}

/** A test that did not run, and why. */
export interface Skip {
  readonly title: string;
  readonly reason: string;
}

/** How a test file, a check, a phase or a whole run ended. */
export interface Outcome {
  /** How many tests and checks passed. */
  readonly passed: number;
  readonly failures: readonly Failure[];
  readonly skips: readonly Skip[];
}

/** Nothing ran. */
export const nothing: Outcome = { passed: 0, failures: [], skips: [] };

/** Several outcomes as one. */
export function sum(outcomes: readonly Outcome[]): Outcome {
  return {
    passed: outcomes.reduce((count, { passed }) => count + passed, 0),
    failures: outcomes.flatMap(({ failures }) => failures),
    skips: outcomes.flatMap(({ skips }) => skips),
  };
}

/**
 * The line that ends a run: `12 passed, 0 failed`, with `, 2 skipped` when there are any. Other programs read it, so it
 * has no colour and no decoration.
 */
export function countLine({ passed, failures, skips }: Outcome): string {
  const skipped = skips.length === 0 ? '' : `, ${skips.length} skipped`;
  return `${passed} passed, ${failures.length} failed${skipped}`;
}

/**
 * A failure in full.
 *
 * @param number its place in the list of failures
 * @returns lines without line ends
 */
export function failureLines({ title, where, text, output = [] }: Failure, number: number): string[] {
  const lines = [`${number}) ${title}`];
  if (where !== '') lines.push(`   ${where}`);
  lines.push(...text.split('\n').map((line) => (line === '' ? '' : `     ${line}`)));
  if (output.length > 0) lines.push('   what its process printed last:', ...output.map((line) => `     | ${line}`));
  return lines;
}
