import { posix } from 'node:path';
import type { SourceFile } from './source-files.ts';

/** Which file may import which: the direction of imports (ARCHITECTURE.md). */

/** One import, or an export from elsewhere. */
export interface Import {
  /** As written: `./a.ts`, `node:fs`, `pino`. */
  readonly specifier: string;
  /** True for `import type`: erased, so nothing is loaded. */
  readonly isTypeOnly: boolean;
}

/** What may be loaded where. */
export interface ImportRules {
  /** `dependencies` of package.json: installed with the operator. */
  readonly dependencies: ReadonlySet<string>;
}

/** For each part of src/: the other parts that it may import. What is not named here is the top, and may import all. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  api: [],
  runtime: [],
  controller: ['api', 'mcp', 'runtime'],
  mcp: ['api', 'runtime'],
  // Admission asks what would come of a server before there is one: so it looks at the controller's plans.
  webhook: ['api', 'controller', 'mcp', 'runtime'],
};

/** The files of the API that load no package, so that production code may load them. */
const loadable = ['src/api/v1alpha1/names.ts'];

/**
 * The imports of a source text, formatted as Biome does.
 *
 * @param text TypeScript
 */
export function importsOf(text: string): readonly Import[] {
  const statements = [...text.matchAll(/^(?:import|export)\s+(?:(type)\s+)?(?:[^'"`;=]*?\sfrom\s+)?'([^']+)'/gm)].map(
    ([, type, specifier = '']) => ({ specifier, isTypeOnly: type !== undefined }),
  );
  const dynamic = [...text.matchAll(/\bimport\(\s*'([^']+)'/g)].map(([, specifier = '']) => ({
    specifier,
    // `import('x').Y` in a type position is erased; `await import('x')` is not.
    isTypeOnly: !new RegExp(`await import\\(\\s*'${specifier.replaceAll(/[.*+?^$()[\]{}|\\]/g, '\\$&')}'`).test(text),
  }));
  return [...statements, ...dynamic];
}

/**
 * What a file imports and should not.
 *
 * @returns one sentence for each wrong import
 */
export function wrongImports(file: SourceFile, rules: ImportRules): readonly string[] {
  return importsOf(file.text).flatMap((one) => {
    const why = one.specifier.startsWith('.')
      ? wrongFile(file, posix.join(posix.dirname(file.path), one.specifier), one)
      : wrongPackage(file, one, rules);
    return why === undefined ? [] : [`${file.path} imports ${one.specifier}: ${why}`];
  });
}

function wrongFile(file: SourceFile, target: string, { isTypeOnly }: Import): string | undefined {
  if (!file.path.startsWith('src/')) {
    return !file.isTest && target.startsWith('test/') ? 'only tests import test/' : undefined;
  }
  if (!target.startsWith('src/')) {
    return file.isTest ? undefined : 'src/ runs in production and imports nothing from outside';
  }
  const [from, to] = [partOf(file.path), partOf(target)];
  // A test may look at what its part is used for.
  if (from !== to && !file.isTest && !(allowed[from] ?? [to]).includes(to)) {
    return `${from} may import ${allowed[from]?.join(' and ') || 'nothing'} of src/`;
  }
  if (to === 'api' && from !== 'api' && !file.isTest && !isTypeOnly && !loadable.includes(target)) {
    return 'it loads TypeBox, which is not installed in production: write `import type`';
  }
  return undefined;
}

function wrongPackage(file: SourceFile, one: Import, { dependencies }: ImportRules): string | undefined {
  const name = packageOf(one.specifier);
  if (!file.path.startsWith('src/') || file.isTest || one.isTypeOnly || name.startsWith('node:')) return undefined;
  if (partOf(file.path) === 'api') return name === '@sinclair/typebox' ? undefined : 'api imports nothing but TypeBox';
  return dependencies.has(name) ? undefined : 'it is not among the dependencies, so it is not installed in production';
}

/** The part of src/ that a file belongs to: `runtime`; empty for src/ itself. */
function partOf(path: string): string {
  const [, part = '', ...rest] = path.split('/');
  return rest.length === 0 ? '' : part;
}

function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
