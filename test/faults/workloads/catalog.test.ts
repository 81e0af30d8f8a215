import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { workloads } from './catalog.ts';

test('every workload file is in the catalogue, under its own name', async () => {
  const files = await readdir(import.meta.dirname);
  const named = files.filter((file) => file.endsWith('.ts') && !/^(?:catalog|workload)\b/.test(file));
  assert.deepEqual(workloads.map(({ name }) => `${name}.ts`).sort(), named.sort());
});

test('there are at least twelve, each with a name of its own and words for people', () => {
  assert.ok(workloads.length >= 12, `${workloads.length} workloads`);
  assert.equal(new Set(workloads.map(({ name }) => name)).size, workloads.length);
  for (const { name, about } of workloads) {
    assert.match(name, /^[a-z]+(?:-[a-z]+)*$/);
    assert.ok(about.length > 10, name);
  }
});

test('a workload is short: what is more than thirty lines hides what is done', async () => {
  for (const { name } of workloads) {
    const text = await readFile(join(import.meta.dirname, `${name}.ts`), 'utf8');
    assert.ok(text.split('\n').length <= 35, name);
  }
});

test('none waits for time: what waits for a condition is the same run on a busy machine', async () => {
  for (const { name } of workloads) {
    const text = await readFile(join(import.meta.dirname, `${name}.ts`), 'utf8');
    assert.doesNotMatch(text, /setTimeout|sleep|Date|random/, name);
  }
});
