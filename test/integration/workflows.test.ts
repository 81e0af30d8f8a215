import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import { goTools } from '../../cluster/go-tools/catalog.ts';
import { resolveGoTool } from '../../cluster/go-tools/resolve-go-tool.ts';
import { run } from '../../cluster/process/run.ts';
import { repositoryRoot } from '../../tools/generated-file.ts';

// What tools/workflows.test.ts cannot know: whether GitHub would understand the workflows. actionlint does.

const { path } = await resolveGoTool(goTools.actionlint, { report: (line) => process.stderr.write(`${line}\n`) });
const directory = join(repositoryRoot, '.github', 'workflows');

it('actionlint has nothing to say about the workflows', async () => {
  const files = (await readdir(directory)).map((name) => join(directory, name));
  const { code, stdout, stderr } = await run(path, ['-no-color', '-shellcheck=', '-pyflakes=', ...files]);
  assert.equal(stdout + stderr, '');
  assert.equal(code, 0);
});

it('actionlint does look: a workflow with a mistake is refused', async () => {
  const wrong =
    'on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: echo $' +
    '{{ github.no_such_thing }}\n';
  const { code, stdout } = await run(path, ['-no-color', '-shellcheck=', '-stdin-filename', 'x.yml', '-'], {
    input: wrong,
  });
  assert.match(stdout, /property "no_such_thing" is not defined/);
  assert.equal(code, 1);
});
