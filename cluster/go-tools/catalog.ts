import { join } from 'node:path';

/** A program that is built here from a Go module, at the version that its go.mod pins. */
export interface GoTool {
  /** What the program is called, and the directory here that holds its go.mod. */
  readonly name: string;
  /** As people call it. */
  readonly title: string;
  /** The module whose version in go.mod is the program's. */
  readonly module: string;
  /** What is built. */
  readonly package: string;
  /** The environment variable with which a user points at a program of their own. */
  readonly variable: string;
  /** How it is asked for its version. The first version number that it prints counts. */
  readonly versionArgs: readonly string[];
  /** Whether one of this version, `v4.3.1`, is taken from PATH. `pinned` is the one that would be built. */
  readonly accepts: (version: string, pinned: string) => boolean;
  /** The variable of the program that holds its version: without it a build from modules says that it has none. */
  readonly versionVariable: string;
  /** How long the first build takes on two cores, in words. */
  readonly buildTime: string;
}

/** Every tool that is built here. */
export const goTools = {
  helm: {
    name: 'helm',
    title: 'Helm',
    module: 'helm.sh/helm/v4',
    package: 'helm.sh/helm/v4/cmd/helm',
    variable: 'HELM',
    versionArgs: ['version', '--short'],
    // The chart is for both: 3.17 is the oldest that still gets fixes, 4 the current one.
    accepts: (version) => isAtLeast(version, '3.17.0'),
    versionVariable: 'helm.sh/helm/v4/internal/version.version',
    buildTime: '3 minutes',
  },
  actionlint: {
    name: 'actionlint',
    title: 'actionlint',
    module: 'github.com/rhysd/actionlint',
    package: 'github.com/rhysd/actionlint/cmd/actionlint',
    variable: 'ACTIONLINT',
    versionArgs: ['-version'],
    // Another version of a linter finds other things.
    accepts: (version, pinned) => version === pinned,
    versionVariable: 'github.com/rhysd/actionlint.version',
    buildTime: '30 seconds',
  },
  crane: {
    name: 'crane',
    title: 'crane',
    module: 'github.com/google/go-containerregistry',
    package: 'github.com/google/go-containerregistry/cmd/crane',
    variable: 'CRANE',
    versionArgs: ['version'],
    // Before 0.17 it could not serve a registry.
    accepts: (version) => isAtLeast(version, '0.17.0'),
    versionVariable: 'github.com/google/go-containerregistry/cmd/crane/cmd.Version',
    buildTime: '40 seconds',
  },
} as const satisfies Readonly<Record<string, GoTool>>;

/** Where a tool's go.mod is. */
export function moduleDirectory(tool: GoTool): string {
  return join(import.meta.dirname, tool.name);
}

/**
 * The version of a module in a go.mod.
 *
 * @returns for example `v4.3.1`
 * @throws RangeError when go.mod does not require it
 */
export function pinnedVersion(goMod: string, module: string): string {
  const found = goMod
    .split('\n')
    .map((line) =>
      line
        .trim()
        .replace(/^require /, '')
        .split(' '),
    )
    .find(([name]) => name === module)?.[1];
  if (found !== undefined) return found;
  throw new RangeError(`go.mod requires no ${module}`);
}

/**
 * The first version number in what a program prints about itself.
 *
 * @returns with a `v`, or undefined when there is none
 */
export function versionIn(output: string): string | undefined {
  const found = /\bv?(\d+\.\d+\.\d+)\b/.exec(output)?.[1];
  return found === undefined ? undefined : `v${found}`;
}

/** True when a version is this one or newer. Both are three numbers, with or without a `v`. */
export function isAtLeast(version: string, least: string): boolean {
  const [had = [], wanted = []] = [version, least].map((text) => text.replace(/^v/, '').split('.').map(Number));
  for (const [index, number] of wanted.entries()) {
    const own = had[index] ?? 0;
    if (own !== number) return own > number;
  }
  return true;
}
