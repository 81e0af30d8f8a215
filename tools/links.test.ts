import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { repositoryRoot } from './generated-file.ts';
import { parseMakefile } from './makefile.ts';
import { anchorsOf, commandsOf, helmCommandsOf, linksOf } from './markdown.ts';

/** Every link in our documents leads somewhere, and every command that they name exists. */

const unread = new Set(['node_modules', 'dist', '.git', '.local']);

async function markdownFiles(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) return unread.has(entry.name) ? [] : markdownFiles(path);
      return entry.name.endsWith('.md') ? [path] : [];
    }),
  );
  return found.flat().sort();
}

const read = (...path: string[]) => readFile(join(repositoryRoot, ...path), 'utf8');

/** What is wrong with a document's links, one line each. */
async function deadLinks(file: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8');
  const wrong: string[] = [];
  for (const { path, anchor } of linksOf(text)) {
    const target = path === '' ? file : join(dirname(file), decodeURIComponent(path));
    const shown = `${relative(repositoryRoot, file)}: ${path}${anchor === undefined ? '' : `#${anchor}`}`;
    if (relative(repositoryRoot, target).startsWith('..')) wrong.push(`${shown} leads out of the repository`);
    else if (!existsSync(target)) wrong.push(`${shown} does not exist`);
    else if (anchor !== undefined && !target.endsWith('.md')) wrong.push(`${shown}: lines move, name the file alone`);
    else if (anchor !== undefined && !anchorsOf(await readFile(target, 'utf8')).has(anchor)) {
      wrong.push(`${shown} is no heading there`);
    }
  }
  return wrong;
}

describe('the documents of this repository', async () => {
  const files = await markdownFiles(repositoryRoot);
  const scripts: Record<string, string> = JSON.parse(await read('package.json')).scripts;
  const tasks: Record<string, unknown> = parse(await read('Taskfile.yml')).tasks;
  const known = {
    make: new Set(parseMakefile(await read('Makefile')).map(({ name }) => name)),
    task: new Set(Object.keys(tasks)),
    'npm run': new Set(Object.keys(scripts)),
  };

  for (const file of files) {
    const name = relative(repositoryRoot, file);
    test(`${name}: every link leads somewhere`, async () => {
      assert.deepEqual(await deadLinks(file), []);
    });

    test(`${name}: every command exists`, async () => {
      const commands = commandsOf(await readFile(file, 'utf8'));
      const wrong = commands.filter(({ tool, name: command }) => !known[tool].has(command));
      assert.deepEqual(wrong, []);
    });
  }

  test('CONTRIBUTING.md has the reason for every dependency, and for none that is not there', async () => {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(await read('package.json'));
    const all = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
    const [, tables = ''] = (await read('CONTRIBUTING.md')).split('## Dependencies');
    const named = [...tables.matchAll(/^\| (`.+?`) \|/gm)].flatMap(([, names = '']) => names.split(', '));
    assert.deepEqual(named.map((name) => name.replaceAll('`', '')).sort(), all.sort());
  });

  test('the README names commands and has links, or the tests above look at nothing', async () => {
    const readme = await read('README.md');
    assert.ok(commandsOf(readme).some(({ tool, name }) => tool === 'make' && name === 'demo'));
    assert.ok(linksOf(readme).some(({ path }) => path === 'ARCHITECTURE.md'));
  });
});

test('links: files, anchors and both, but none of other sites and none in code', () => {
  const text = [
    'See [one](a.md), [two](b/c.ts) and [three](#here); [four](../d.md#there-now).',
    'Not [the web](https://example.com/x.md), [mail](mailto:a@b.c), `[code](e.md)`',
    '```',
    '[block](f.md)',
    '```',
  ];
  assert.deepEqual(linksOf(text.join('\n')), [
    { path: 'a.md', anchor: undefined },
    { path: 'b/c.ts', anchor: undefined },
    { path: '', anchor: 'here' },
    { path: '../d.md', anchor: 'there-now' },
  ]);
});

test('anchors are those that GitHub makes', () => {
  const text =
    '# One: two\n## `spec.health`\n## status.conditions[]\n## Same\n## Same\n```\n# no heading\n```\n### A [b](c.md)\n';
  assert.deepEqual([...anchorsOf(text)], ['one-two', 'spechealth', 'statusconditions', 'same', 'same-1', 'a-b']);
});

const commands: readonly { readonly code: string; readonly named: readonly string[] }[] = [
  { code: '`make demo`', named: ['make demo'] },
  { code: '```sh\nmake install   # make believe\nmake run\n```', named: ['make install', 'make run'] },
  { code: '`make docker-build docker-push IMG=a/b:1`', named: ['make docker-build', 'make docker-push'] },
  { code: '`make test ARGS="--filter queue"`', named: ['make test'] },
  { code: '`KUBECONFIG=x make run && npm run --silent cluster -- make tea`', named: ['make run', 'npm run cluster'] },
  { code: '```console\n$ task deploy IMG=a -- --no-wait\n```', named: ['task deploy'] },
  { code: 'They make sense, and task forces make tests.', named: [] },
  { code: '`the make of it`', named: [] },
];
for (const { code, named } of commands) {
  test(`commands in ${JSON.stringify(code)}`, () => {
    assert.deepEqual(
      commandsOf(code).map(({ tool, name }) => `${tool} ${name}`),
      named,
    );
  });
}

test('Helm commands come whole, however they are written', () => {
  const text = [
    '```sh',
    'helm install a chart \\',
    "  --set 'b={c,d}' --wait",
    'kubectl get pods',
    'helm list',
    '```',
    'And `helm test a` in a line, which is no command to run.',
    '```yaml',
    'helm: no',
    '```',
  ];
  assert.deepEqual(helmCommandsOf(text.join('\n')), [
    ['install', 'a', 'chart', '--set', 'b={c,d}', '--wait'],
    ['list'],
  ]);
});
