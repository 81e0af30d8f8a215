import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { repositoryRoot } from '../generated-file.ts';
import { alerts } from './alerts.ts';
import { metricsDocs } from './metrics-docs.ts';
import { operatorMetrics } from './metrics-reference.ts';

describe('what the operator measures', async () => {
  const families = await operatorMetrics();

  test('is known with type, labels and a word of help', () => {
    const byName = new Map(families.map((family) => [family.name, family]));
    assert.deepEqual(byName.get('mcpserver_phase'), {
      name: 'mcpserver_phase',
      type: 'gauge',
      labels: ['namespace', 'phase'],
      help: 'Number of MCPServers in each phase.',
    });
    assert.equal(byName.get('mcpserver_probe_duration_seconds')?.type, 'histogram');
    assert.deepEqual(byName.get('leader_election_master_status')?.labels, ['name']);
    for (const { name, help } of families) assert.notEqual(help, '', name);
  });

  test('comes in the order of names, each once', () => {
    const names = families.map(({ name }) => name);
    assert.deepEqual(names, [...new Set(names)].sort());
  });
});

describe('docs/metrics.md', async () => {
  const text = await readFile(join(repositoryRoot, 'docs', 'metrics.md'), 'utf8');

  test('names exactly the metrics that the operator exports', async () => {
    const named = [...text.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
    assert.deepEqual(named.sort(), (await operatorMetrics()).map(({ name }) => name).sort());
  });

  test('names every alert in the table, with a heading of its own', () => {
    const inTable = [...text.matchAll(/^\| \[(\w+)\]\(#\w+\) \|/gm)].map(([, name]) => name);
    const headings = [...text.matchAll(/^### (\w+)$/gm)].map(([, name]) => name);
    const names = alerts.map(({ alert }) => alert);
    assert.deepEqual(inTable, names);
    assert.deepEqual(headings, names);
  });

  test("has none of Prometheus' placeholders, which nobody fills in here", () => {
    assert.doesNotMatch(text, /\{\{/);
  });

  test('is what it should be', async () => {
    assert.equal(text, (await metricsDocs()).content, 'run "make generate" and commit the result');
  });
});
