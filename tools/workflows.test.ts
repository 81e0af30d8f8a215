import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { minorOf, releases } from '../cluster/binaries/release.ts';
import { repositoryRoot } from './generated-file.ts';
import { parseMakefile } from './makefile.ts';
import { actionsIn, foreignCommands, type Workflow } from './workflows.ts';

const directory = join(repositoryRoot, '.github', 'workflows');
const read = (...path: string[]) => readFile(join(repositoryRoot, ...path), 'utf8');
const targets = new Set(parseMakefile(await read('Makefile')).map(({ name }) => name));
const scripts = new Set(Object.keys(JSON.parse(await read('package.json')).scripts));
const files = (await readdir(directory)).sort();

describe('actionsIn', () => {
  it('finds actions and workflows, with the comment that a parser loses', () => {
    const text =
      'jobs:\n  a:\n    uses: ./.github/workflows/ci.yml\n    steps:\n      - uses: a/b/c@v1\n      - name: x\n        uses: d/e@abc # v2\n';
    assert.deepEqual(actionsIn(text), [
      { action: './.github/workflows/ci.yml', ref: undefined, comment: undefined },
      { action: 'a/b/c', ref: 'v1', comment: undefined },
      { action: 'd/e', ref: 'abc', comment: 'v2' },
    ]);
  });
});

describe('foreignCommands', () => {
  const wrong = (run: string) => foreignCommands(run, new Set(['test', 'build']), new Set(['lint']));

  it('takes targets of make and scripts of npm, with arguments', () => {
    for (const run of [
      'make test',
      'make build test',
      'make test ARGS="--filter x"',
      'npm run lint -- --fix',
      'make test\nmake build',
    ])
      assert.deepEqual(wrong(run), [], run);
  });

  for (const run of [
    'curl x | sh',
    'make test && curl x',
    'make test; curl x',
    'node x.ts',
    'npm ci',
    'make',
    'make test\ncurl x',
    'make test `x`',
  ]) {
    it(`refuses ${JSON.stringify(run)}`, () => assert.equal(wrong(run).length, 1));
  }

  it('names a target that does not exist', () => {
    assert.deepEqual(wrong('make deploy'), ['make deploy: there is no make deploy']);
    assert.deepEqual(wrong('npm run test'), ['npm run test: there is no npm run test']);
  });
});

for (const file of files) {
  describe(`.github/workflows/${file}`, async () => {
    const text = await readFile(join(directory, file), 'utf8');
    const workflow: Workflow = parse(text);
    const jobs = Object.entries(workflow.jobs);

    it('uses every action at a commit, and says which version that is', () => {
      for (const { action, ref, comment } of actionsIn(text)) {
        if (action.startsWith('./')) assert.ok(existsSync(join(repositoryRoot, action)), `${action} does not exist`);
        else {
          assert.match(ref ?? '', /^[0-9a-f]{40}$/, `${action}@${ref} can be changed by others`);
          assert.match(comment ?? '', /^v\d+(\.\d+)*$/, `${action}: which version is ${ref}?`);
        }
      }
    });

    it('has no rights but those that each job names', () => {
      assert.deepEqual(workflow.permissions, {});
      for (const [name, { permissions }] of jobs) {
        assert.equal(typeof permissions, 'object', `${name} names its permissions one by one`);
        assert.ok(Object.keys(permissions ?? {}).length > 0, `${name} has none`);
      }
    });

    it('writes only where it says why', () => {
      for (const [, what] of text.matchAll(/^\s+([a-z-]+: write)$/gm)) {
        // Results of scanners have but one purpose.
        assert.equal(what, 'security-events: write', `${what} needs a comment that says for what`);
      }
    });

    it('only calls what a person would', () => {
      for (const [name, { steps = [] }] of jobs) {
        for (const { run } of steps) {
          if (run !== undefined) assert.deepEqual(foreignCommands(run, targets, scripts), [], name);
        }
      }
    });

    it('puts no expression into a command, where it would be read as a command', () => {
      for (const { steps = [] } of Object.values(workflow.jobs)) {
        for (const { run = '' } of steps) assert.ok(!run.includes('${{'), run);
      }
    });

    it('leaves no token in the checkout, and no job running for hours', () => {
      for (const [name, { steps, uses, 'timeout-minutes': minutes }] of jobs) {
        if (uses !== undefined) continue;
        assert.ok(minutes !== undefined && minutes <= 60, `${name} has no timeout`);
        const checkout = steps?.find((step) => step.uses?.startsWith('actions/checkout@'));
        assert.equal(checkout?.with?.['persist-credentials'], false, name);
      }
    });

    it('never runs the code of a stranger with our rights', () => {
      for (const event of ['pull_request_target', 'workflow_run', 'issue_comment']) {
        assert.ok(!(event in workflow.on), event);
      }
    });
  });
}

it('one action has one version in all workflows', async () => {
  const seen = new Map<string, string>();
  for (const file of files) {
    for (const { action, ref } of actionsIn(await readFile(join(directory, file), 'utf8'))) {
      if (ref === undefined) continue;
      // The parts of one repository go together.
      const repository = action.split('/').slice(0, 2).join('/');
      assert.equal(seen.get(repository) ?? ref, ref, `${repository} in ${file}`);
      seen.set(repository, ref);
    }
  }
});

it('every Kubernetes version that can be asked for is tested, and no other', async () => {
  const workflow: { jobs: Record<string, { strategy?: { matrix: { kubernetes: string[] } } }> } = parse(
    await read('.github', 'workflows', 'ci.yml'),
  );
  const minors = releases.map(minorOf).sort();
  for (const name of ['integration', 'e2e']) {
    assert.deepEqual(workflow.jobs[name]?.strategy?.matrix.kubernetes.toSorted(), minors, name);
  }
});

it('updates are proposed for everything that is pinned', async () => {
  const { updates }: { updates: { 'package-ecosystem': string }[] } = parse(await read('.github', 'dependabot.yml'));
  const known = new Set(updates.map((update) => update['package-ecosystem']));
  assert.deepEqual([...known].sort(), ['docker', 'github-actions', 'gomod', 'npm']);
});
