import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { defaultCacheDir } from '../cache.ts';
import { sdkServers } from './catalog.ts';
import { tsV1Image } from './ts-v1-image.ts';

describe('tsV1Image', () => {
  it('is Node and a bundle, which it starts on 8080', async () => {
    const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
    const context = { architecture, cacheDir: defaultCacheDir(), progress: () => undefined } as const;
    const { layers, run } = await tsV1Image(context);
    assert.deepEqual(
      layers.map(({ name }) => name),
      ['node-runtime', 'sdk-ts-v1'],
    );
    const paths = layers[1]?.entries.map(({ path }) => `/${path}`) ?? [];
    assert.ok(paths.includes(run.entrypoint.at(-1) ?? ''));
    assert.ok(paths.includes('/app/package.json'), 'it tells Node that these are ES modules');
    assert.equal(run.env?.PORT, '8080');
    assert.equal(run.cmd, undefined, 'the pod says which mode');
  });

  it('has the SDK that the catalog names', () => {
    const require = createRequire(import.meta.url);
    // The package exports no package.json; its main file is at dist/cjs.
    const { version } = require(
      require.resolve('@modelcontextprotocol/sdk/types.js').replace(/\/dist\/.*/, '/package.json'),
    );
    assert.equal(`@modelcontextprotocol/sdk ${version}`, sdkServers['ts-v1-stateful'].sdk);
  });
});
