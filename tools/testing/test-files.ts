import { join } from 'node:path';
import { type SourceFile, sourceFiles } from '../source-files.ts';

/** What a test needs to run: nothing but Node.js, a real API server, or real pods. */
export const testKinds = ['unit', 'integration', 'e2e'] as const;

/** One of them. */
export type TestKind = (typeof testKinds)[number];

/** Imports one of the ways to a control plane. */
const usesControlPlane = /^import\s[^;]*\b(?:useControlPlane|startControlPlane)\b[^;]*;/m;

/**
 * What a test file needs. The directory says it, but a test that stands beside its source may need a control plane too.
 *
 * @param path relative to the root of the repository
 * @param text of the file
 * @returns undefined for a file that is no test
 */
export function kindOf(path: string, text: string): TestKind | undefined {
  if (!path.endsWith('.test.ts')) return undefined;
  if (path.startsWith('test/e2e/')) return 'e2e';
  if (path.startsWith('test/integration/') || usesControlPlane.test(text)) return 'integration';
  return 'unit';
}

/** The test files of each kind, absolute, sorted. */
export type TestFiles = Readonly<Record<TestKind, readonly string[]>>;

/**
 * Finds every test file.
 *
 * @param root of the repository
 */
export async function findTests(root: string): Promise<TestFiles> {
  const files = await sourceFiles(root);
  const ofKind = (kind: TestKind) =>
    files.filter(({ path, text }: SourceFile) => kindOf(path, text) === kind).map(({ path }) => join(root, path));
  return { unit: ofKind('unit'), integration: ofKind('integration'), e2e: ofKind('e2e') };
}

/** Which tests of which files a filter leaves. */
export interface Selection {
  readonly files: TestFiles;
  /** Regular expressions for the tests' names; empty for all. */
  readonly names: readonly string[];
}

/**
 * Applies `--filter`: the files that have it in their path, or, when there is none, the tests whose name matches it.
 *
 * @param root of the repository; only the path below it counts
 * @param pattern part of a path, or a regular expression; undefined leaves all
 * @throws SyntaxError when it is neither
 */
export function select(files: TestFiles, root: string, pattern: string | undefined): Selection {
  if (pattern === undefined) return { files, names: [] };
  const matching = (kind: TestKind) => files[kind].filter((file) => file.slice(root.length + 1).includes(pattern));
  const byPath = { unit: matching('unit'), integration: matching('integration'), e2e: matching('e2e') };
  if (testKinds.some((kind) => byPath[kind].length > 0)) return { files: byPath, names: [] };
  // Thrown here, where it can be told, and not in each of the test processes.
  return { files, names: [new RegExp(pattern).source] };
}
