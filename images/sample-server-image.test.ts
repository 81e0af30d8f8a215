import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import type { RecipeContext } from './recipe.ts';
import { sampleServerImage } from './sample-server-image.ts';

async function context(test: Parameters<typeof temporaryDirectory>[0]): Promise<RecipeContext> {
  const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
  return { architecture, cacheDir: await temporaryDirectory(test), progress: () => undefined, signal: undefined };
}

describe('sampleServerImage', () => {
  it('starts the bundled server on 8080, as non-root, without a shell', async (t) => {
    const { run } = await sampleServerImage(await context(t));
    assert.deepEqual(run.entrypoint, ['/usr/local/bin/node', '--enable-source-maps', '/app/dist/server.js']);
    assert.equal(run.env?.PORT, '8080');
    assert.deepEqual(run.exposedPorts, [8080]);
    assert.equal(run.user, '65532:65532');
  });

  it('is Node below and a small layer of its own above', async (t) => {
    const { layers } = await sampleServerImage(await context(t));
    assert.deepEqual(
      layers.map(({ name }) => name),
      ['node-runtime', 'sample-server'],
    );
    const own = layers[1]?.entries ?? [];
    const bytes = own.map((entry) =>
      entry.kind === 'file' && Buffer.isBuffer(entry.content) ? entry.content.length : 0,
    );
    assert.ok(own.some(({ path }) => path === 'app/dist/server.js'));
    assert.ok(own.every(({ path }) => !path.includes('node_modules')));
    const total = bytes.reduce((sum, one) => sum + one, 0);
    assert.ok(total < 6 << 20, `${total} bytes`);
  });
});
