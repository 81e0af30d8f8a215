import assert from 'node:assert/strict';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { findProgram, isExecutable, searchPath } from './find.ts';

test('the search goes along PATH, then to where system programs are, each once', () => {
  assert.deepEqual(searchPath({ PATH: '/a:/usr/sbin::/b' }), ['/a', '/usr/sbin', '/b', '/usr/local/sbin', '/sbin']);
  assert.deepEqual(searchPath({}), ['/usr/local/sbin', '/usr/sbin', '/sbin']);
});

test('the first directory that has the program wins', async (t) => {
  const root = await temporaryDirectory(t);
  const directories = ['first', 'second', 'third'].map((name) => join(root, name));
  for (const directory of directories) await mkdir(directory);
  const [first = '', second = '', third = ''] = directories;
  for (const directory of [second, third]) await writeFile(join(directory, 'etcd'), '', { mode: 0o755 });
  assert.equal(await findProgram('etcd', directories), join(second, 'etcd'));
  assert.equal(await findProgram('etcd', [first]), undefined);
  assert.equal(await findProgram('etcd', [join(root, 'none'), third]), join(third, 'etcd'));
});

test('a file that may not be executed is no program', async (t) => {
  const file = join(await temporaryDirectory(t), 'etcd');
  await writeFile(file, '');
  assert.equal(await isExecutable(file), false);
  await chmod(file, 0o755);
  assert.equal(await isExecutable(file), true);
});

test('a link to nowhere, and a path through a file, are no programs', async (t) => {
  const directory = await temporaryDirectory(t);
  await symlink(join(directory, 'gone'), join(directory, 'link'));
  await writeFile(join(directory, 'file'), '');
  assert.equal(await isExecutable(join(directory, 'link')), false);
  assert.equal(await isExecutable(join(directory, 'file', 'etcd')), false);
});
