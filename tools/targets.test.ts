import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { parse } from 'yaml';
import { repositoryRoot } from './generated-file.ts';
import { type MakeTarget, parseMakefile } from './makefile.ts';

// The Makefile and Taskfile.yml offer the same targets, and both only pass them on to npm.

interface Task {
  readonly desc?: string;
  readonly internal?: boolean;
  readonly aliases?: readonly string[];
  readonly deps?: readonly string[];
  readonly cmds: readonly string[];
}

/** The targets that were promised; more may come. */
const promised = [
  'help demo install uninstall run dev manifests generate build test test-unit test-integration test-e2e lint format',
  'docker-build docker-push build-installer helm deploy undeploy cluster-up cluster-down',
].flatMap((line) => line.split(' '));

/** Where the script has another name than the target: npm would run scripts of these names by itself, on `npm ci`. */
const renamed: Readonly<Record<string, string>> = { install: 'crd-install', uninstall: 'crd-uninstall' };

const lifecycle = [
  'install',
  'uninstall',
  'prepare',
  'prepublish',
  'prepack',
  'dependencies',
  'publish',
  'pack',
  'version',
];

const read = (path: string) => readFile(join(repositoryRoot, path), 'utf8');

let targets: readonly MakeTarget[];
let tasks: Readonly<Record<string, Task>>;
let scripts: Readonly<Record<string, string>>;

before(async () => {
  targets = parseMakefile(await read('Makefile'));
  const taskfile: { tasks: Record<string, Task> } = parse(await read('Taskfile.yml'));
  tasks = taskfile.tasks;
  const manifest: { scripts: Record<string, string> } = JSON.parse(await read('package.json'));
  scripts = manifest.scripts;
});

const publicTasks = () => Object.entries(tasks).filter(([, task]) => task.internal !== true);

describe('the Makefile', () => {
  it('has every promised target', () => {
    const names = targets.map(({ name }) => name);
    assert.deepEqual(
      promised.filter((name) => !names.includes(name)),
      [],
    );
  });

  it('only calls the npm script of the target, with ARGS', () => {
    for (const { name, recipe } of targets) {
      assert.deepEqual(recipe, [`npm run --silent ${renamed[name] ?? name} -- $(ARGS)`], name);
    }
  });

  it('sees to the dependencies before every target', () => {
    for (const { name, prerequisites } of targets) assert.deepEqual(prerequisites, ['dependencies'], name);
  });

  it('marks every target as not being a file', async () => {
    const phony = (await read('Makefile')).matchAll(/^\.PHONY: (\S+)$/gm);
    const marked = new Set([...phony].map(([, name]) => name));
    assert.deepEqual(
      targets.filter(({ name }) => !marked.has(name)),
      [],
    );
  });

  it('shows the help when no target is named', async () => {
    assert.match(await read('Makefile'), /^\.DEFAULT_GOAL := help$/m);
  });

  it('describes every target in one sentence or two', () => {
    for (const { name, description, section } of targets) {
      assert.match(description, /^[A-Z].*\.$/, name);
      assert.notEqual(section, '', name);
    }
  });
});

describe('Taskfile.yml', () => {
  it('has the same targets as the Makefile, in the same order, in the same words', () => {
    assert.deepEqual(
      publicTasks().map(([name, { desc }]) => [name, desc]),
      targets.map(({ name, description }) => [name, description]),
    );
  });

  it('only calls the npm script of the task, with ARGS and what stands behind --', () => {
    for (const [name, { cmds }] of publicTasks()) {
      assert.deepEqual(cmds, [`npm run --silent ${renamed[name] ?? name} -- {{.ARGS}} {{.CLI_ARGS}}`], name);
    }
  });

  it('sees to the dependencies before every task', () => {
    for (const [name, { deps }] of publicTasks()) assert.deepEqual(deps, ['dependencies'], name);
  });

  it('shows the help when no task is named', () => {
    const defaults = Object.entries(tasks).filter(([, { aliases }]) => aliases?.includes('default'));
    assert.deepEqual(
      defaults.map(([name]) => name),
      ['help'],
    );
  });

  it('installs the dependencies by the same command as the Makefile', async () => {
    const [command = 'none'] = tasks.dependencies?.cmds ?? [];
    assert.match(await read('Makefile'), new RegExp(`^dependencies:\\n\\t@${command}$`, 'm'));
  });
});

describe('the npm scripts', () => {
  it('exist for every target', () => {
    const missing = targets.map(({ name }) => renamed[name] ?? name).filter((name) => scripts[name] === undefined);
    assert.deepEqual(missing, []);
  });

  it('have no name that npm runs by itself', () => {
    const hooks = lifecycle.flatMap((name) => [name, `pre${name}`, `post${name}`]);
    assert.deepEqual(
      Object.keys(scripts).filter((name) => hooks.includes(name)),
      [],
    );
  });

  it('run programs that exist', async () => {
    for (const [name, command] of Object.entries(scripts)) {
      for (const [, path = ''] of command.matchAll(/\bnode (\S+\.ts)/g)) {
        await assert.doesNotReject(read(path), `npm run ${name} starts ${path}`);
      }
    }
  });
});
