import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import { exists } from './exists.ts';

test('tells what is there from what is not, and says so when nobody can tell', async (t) => {
  const file = join(await temporaryDirectory(t), 'file');
  assert.equal(await exists(file), false);
  await writeFile(file, '');
  assert.equal(await exists(file), true);
  await assert.rejects(exists(join(file, 'below')), { code: 'ENOTDIR' });
});
