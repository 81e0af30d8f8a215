import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { sdkServers } from './catalog.ts';

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
