/** One step of a job; the fields that are looked at here. */
export interface WorkflowStep {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

/** One job. */
export interface WorkflowJob {
  readonly uses?: string;
  readonly permissions?: Readonly<Record<string, string>> | string;
  readonly 'timeout-minutes'?: number;
  readonly steps?: readonly WorkflowStep[];
}

/** A workflow of GitHub Actions, as YAML gives it. */
export interface Workflow {
  readonly name?: string;
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: Readonly<Record<string, string>> | string;
  readonly jobs: Readonly<Record<string, WorkflowJob>>;
}

/** A `uses:` as it stands in the file: with the comment, which a parser of YAML loses. */
export interface ActionUse {
  /** `actions/checkout`, or the path of a workflow of this repository. */
  readonly action: string;
  /** What stands behind the `@`; undefined for what is in this repository. */
  readonly ref: string | undefined;
  /** The comment behind it: the version that the commit is. */
  readonly comment: string | undefined;
}

/** Every `uses:` of a workflow's text, in order. */
export function actionsIn(text: string): readonly ActionUse[] {
  return [...text.matchAll(/^\s*(?:- )?uses:\s*([^\s@#]+)(?:@(\S+))?(?:\s+#\s*(.*))?$/gm)].map(
    ([, action = '', ref, comment]) => ({ action, ref, comment: comment?.trim() }),
  );
}

/**
 * What is wrong with the commands of a `run:`: they may call a target of make or a script of npm, and nothing else, so
 * that whatever CI does can be done by a person.
 *
 * @param targets of the Makefile
 * @param scripts of package.json
 * @returns a line for each command that is something else
 */
export function foreignCommands(run: string, targets: ReadonlySet<string>, scripts: ReadonlySet<string>): string[] {
  const lines = run
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines.flatMap((line) => {
    // Options and ARGS may follow; a second command may not.
    const [, tool, rest = ''] = /^(make|npm run)\s+([^;&|`]*)$/.exec(line) ?? [];
    const names =
      rest
        .split(/\s+(?=[A-Z]+=|-)/)[0]
        ?.split(/\s+/)
        .filter(Boolean) ?? [];
    const known = tool === 'make' ? targets : scripts;
    if (tool === undefined || names.length === 0) return [`${line}: is neither make nor npm run`];
    return names.filter((name) => !known.has(name)).map((name) => `${line}: there is no ${tool} ${name}`);
  });
}
