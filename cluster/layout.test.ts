import assert from 'node:assert/strict';
import { mkdir, realpath, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import { layoutOf, thisCheckout } from './layout.ts';

test('what lasts is in the checkout, in a directory that git ignores', async (t) => {
  const checkout = await realpath(await temporaryDirectory(t));
  const layout = layoutOf(checkout);
  for (const path of [layout.state, layout.logs, layout.kubeconfig, layout.record]) {
    assert.ok(path.startsWith(join(checkout, '.local', 'cluster')), path);
  }
});

test('two checkouts have two places for their sockets, one owner file, and each always the same', async (t) => {
  const root = await temporaryDirectory(t);
  for (const name of ['one', 'two']) await mkdir(join(root, name));
  const [one, two] = [layoutOf(join(root, 'one')), layoutOf(join(root, 'two'))];
  assert.notEqual(one.run, two.run);
  assert.equal(one.owner, two.owner);
  assert.deepEqual(layoutOf(join(root, 'one')), one);
});

test('a link to a checkout is that checkout', async (t) => {
  const root = await temporaryDirectory(t);
  await mkdir(join(root, 'real'));
  await symlink(join(root, 'real'), join(root, 'link'));
  assert.deepEqual(layoutOf(join(root, 'link')), layoutOf(join(root, 'real')));
});

test("root's sockets are in /run, another user's in the temporary directory, apart from other users'", {
  skip: process.platform !== 'linux' && 'only Linux has /run',
}, () => {
  assert.match(layoutOf(thisCheckout, 0).run, /^\/run\/smooth-operator-[0-9a-f]{8}$/);
  assert.ok(layoutOf(thisCheckout, 1000).run.startsWith(join(tmpdir(), 'smooth-operator-1000-')));
});

test("a socket's path always fits into the 107 bytes that a path may have, however long the checkout's is", async (t) => {
  const root = await temporaryDirectory(t);
  const deep = join(root, 'a-directory-name-of-forty-letters-or-so', 'b-directory-name-of-forty-letters-or-so', 'c');
  await mkdir(deep, { recursive: true });
  for (const layout of [layoutOf(root, 0), layoutOf(deep, 0)]) {
    for (const socket of [join(layout.run, 'containerd.sock'), join(layout.kubelet, 'pod-resources/kubelet.sock')]) {
      assert.ok(socket.length <= 107, `${socket.length} ${socket}`);
    }
  }
  assert.ok(layoutOf(deep, 0).kubelet.startsWith('/var/lib/smooth-operator-'));
});
