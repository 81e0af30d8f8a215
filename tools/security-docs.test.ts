import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { repositoryRoot } from './generated-file.ts';
import {
  certificateResources,
  electionResources,
  metricsAuthResources,
  watchedResources,
  webhookConfigurationResources,
} from './operator-rights.ts';

/** docs/security.md claims nothing that no test shows, and leaves no right out. */

const read = async (path: string) => (await readFile(join(repositoryRoot, path), 'utf8')).replaceAll('’', "'");
const text = await read('docs/security.md');

/** The rows of the table of threats: what comes last is where it is shown. */
const threats = text
  .slice(text.indexOf('## Threats'), text.indexOf('## The webhook'))
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| somebody'))
  .map((line) => line.split('|').map((cell) => cell.trim()));

test('each threat names a test that exists', async () => {
  const attacks = await read('test/integration/operator/attacks.test.ts');
  assert.ok(threats.length > 15);
  for (const [, threat = '', , shown = ''] of threats) {
    const quoted = [...shown.matchAll(/"([^"]+)"/g)].map(([, phrase = '']) => phrase);
    assert.ok(quoted.length > 0 || /\.test\.ts\)/.test(shown), `${threat}: no test is named`);
    for (const phrase of quoted) assert.ok(attacks.includes(phrase), `${threat}: there is no test "${phrase}"`);
  }
});

test('each kind of object that the operator may touch is in the table of rights', () => {
  const rights = text.slice(0, text.indexOf('## What a right on MCPServers'));
  const resources = [
    watchedResources,
    electionResources,
    certificateResources(),
    webhookConfigurationResources(),
    metricsAuthResources,
  ];
  for (const { kind } of resources.flat()) assert.ok(rights.includes(kind), `${kind} is not mentioned`);
});
