import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { customResourceDefinition } from '../crd.ts';
import { repositoryRoot } from '../generated-file.ts';
import { chartDirectory, chartFiles } from './chart-files.ts';
import { chartReadme } from './chart-readme.ts';

const chart = join(repositoryRoot, chartDirectory);
const read = (...path: string[]) => readFile(join(chart, ...path), 'utf8');

describe('the files of the chart', () => {
  const byName = new Map(chartFiles().map(({ path, content }) => [path.split('/').at(-1), content]));

  test('are all of files/, but for the program of "helm test"', async () => {
    assert.deepEqual((await readdir(join(chart, 'files'))).sort(), [...byName.keys(), 'helm-test.mjs'].sort());
  });

  test('have the CRD that config/crd has', () => {
    assert.deepEqual(parse(byName.get('crd-spec.yaml') ?? ''), { spec: customResourceDefinition().spec });
  });

  test('have no rights in a namespace that only a ClusterRole could grant', () => {
    const rules: readonly { resources: readonly string[]; verbs: readonly string[] }[] = parse(
      byName.get('namespace-rules.yaml') ?? '',
    );
    const own = rules.find(({ resources }) => resources.includes('namespaces'));
    assert.deepEqual(own?.verbs, ['get', 'watch']);
  });

  test('each is put into a template', async () => {
    const names = await readdir(join(chart, 'templates'), { recursive: true });
    const templates = await Promise.all(
      names.filter((name) => name.endsWith('.yaml')).map((name) => read('templates', name)),
    );
    const text = templates.join('\n');
    for (const [name = ''] of byName) {
      const pattern = name.replace(/^mcpserver-\w+-/, 'mcpserver-%s-');
      assert.ok(text.includes(`files/${pattern}`), name);
    }
  });
});

describe('the chart', () => {
  test('has the version of the operator', async () => {
    const { version, appVersion }: { version: string; appVersion: string } = parse(await read('Chart.yaml'));
    const manifest: { version: string } = JSON.parse(await readFile(join(repositoryRoot, 'package.json'), 'utf8'));
    assert.deepEqual([version, appVersion], [manifest.version, manifest.version]);
  });

  test('has a README that is what its values say', async () => {
    const { content } = await chartReadme(repositoryRoot);
    assert.equal(await read('README.md'), content, 'run "make generate" and commit the result');
  });
});
