import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { sdkServers } from './catalog.ts';
import { emptyPath, isMissingTool, pretendTool } from './test-support.ts';
import { tsV2Image } from './ts-v2-image.ts';

const dir = join(import.meta.dirname, 'ts-v2');

describe('the packages of sdk-ts-v2', () => {
  it('are pinned: the SDK that the catalog names, and every package by its hash', async () => {
    const manifest = JSON.parse(await readFile(join(dir, 'package.json'), 'utf8'));
    const lock = JSON.parse(await readFile(join(dir, 'package-lock.json'), 'utf8'));
    for (const [name, version] of Object.entries<string>(manifest.dependencies)) {
      assert.match(version, /^\d+\.\d+\.\d+$/, `${name} has an exact version`);
      assert.equal(lock.packages[`node_modules/${name}`].version, version);
    }
    const sdk = '@modelcontextprotocol/server';
    assert.equal(`${sdk} ${manifest.dependencies[sdk]}`, sdkServers['ts-v2-modern'].sdk);
    for (const [path, entry] of Object.entries<{ integrity?: string; resolved?: string }>(lock.packages)) {
      if (path === '') continue;
      assert.match(entry.integrity ?? '', /^sha512-/, path);
      assert.equal(entry.resolved, undefined, `${path} names a registry, which others may not have`);
    }
  });
});

describe('the server of sdk-ts-v2', () => {
  const main = join(dir, 'main.mjs');

  it('is JavaScript that parses: nothing else checks it', async () => {
    await promisify(execFile)(process.execPath, ['--check', main]);
  });

  it('knows the modes that the catalog starts it in', async () => {
    const source = await readFile(main, 'utf8');
    for (const { image, args } of Object.values(sdkServers)) {
      if (image === 'sdk-ts-v2') assert.match(source, new RegExp(`^ {2}${args[0]}: \\(\\) =>`, 'm'));
    }
  });
});

describe('tsV2Image', () => {
  it('says what to do without npm', async (t) => {
    emptyPath(t);
    const context = {
      architecture: 'amd64',
      cacheDir: await temporaryDirectory(t),
      progress: () => undefined,
    } as const;
    await assert.rejects(tsV2Image(context), isMissingTool(/^npm is not installed: .*https:\/\/nodejs\.org/));
  });

  it('starts the server beside the packages that npm installs', async (t) => {
    const script = 'mkdir -p node_modules/x node_modules/.bin && touch node_modules/x/i.mjs node_modules/x/i.d.mts';
    await pretendTool(t, await temporaryDirectory(t), 'npm', script);
    const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
    const context = { architecture, cacheDir: await temporaryDirectory(t), progress: () => undefined } as const;
    const { layers, run } = await tsV2Image(context);
    const paths = layers[1]?.entries.map(({ path }) => path);
    assert.deepEqual(
      paths?.filter((path) => /\.\w+$/.test(path)),
      ['app/main.mjs', 'app/node_modules/x/i.mjs'],
    );
    assert.equal(run.entrypoint.at(-1), '/app/main.mjs');
  });
});
