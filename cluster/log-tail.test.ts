import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import { tailOf } from './log-tail.ts';

test('the last lines of a log, in order', async (t) => {
  const file = join(await temporaryDirectory(t), 'log');
  await writeFile(file, 'one\ntwo\nthree\n');
  assert.deepEqual(await tailOf(file, 2), ['two', 'three']);
});

test('a log with fewer lines is whole, the first line too', async (t) => {
  const file = join(await temporaryDirectory(t), 'log');
  await writeFile(file, 'one\n\ntwo');
  assert.deepEqual(await tailOf(file), ['one', 'two']);
});

test('of a large log only whole lines of its end are read', async (t) => {
  const file = join(await temporaryDirectory(t), 'log');
  const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index}`);
  await writeFile(file, `${lines.join('\n')}\n`);
  const tail = await tailOf(file, 1_000_000);
  assert.ok(tail.length < lines.length, 'not the whole file');
  assert.deepEqual(tail, lines.slice(-tail.length));
});

test('a line that is longer than what is read does not come half', async (t) => {
  const file = join(await temporaryDirectory(t), 'log');
  await writeFile(file, `${'x'.repeat(200_000)}\nlast\n`);
  assert.deepEqual(await tailOf(file), ['last']);
});

test('no log and an empty log have no lines', async (t) => {
  const directory = await temporaryDirectory(t);
  await writeFile(join(directory, 'empty'), '');
  assert.deepEqual(await tailOf(join(directory, 'empty')), []);
  assert.deepEqual(await tailOf(join(directory, 'missing')), []);
});

test('what is no file is an error, not an empty log', async (t) => {
  const directory = join(await temporaryDirectory(t), 'directory');
  await mkdir(directory);
  await assert.rejects(tailOf(directory), { code: 'EISDIR' });
});
