import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { sdkServers } from './catalog.ts';
import { goBuildArgs, goEnvironment, goImage } from './go-image.ts';
import { emptyPath, isMissingTool } from './test-support.ts';

const sourceDir = join(import.meta.dirname, 'go');

describe('goBuildArgs', () => {
  it('writes the binary where it is told, from the current directory', () => {
    assert.deepEqual(goBuildArgs('/cache/x.part').slice(-3), ['-o', '/cache/x.part', '.']);
  });

  it('adds nothing to what is locked, and keeps paths and dates out of the binary', () => {
    const args = goBuildArgs('/x');
    for (const flag of ['-mod=readonly', '-trimpath', '-buildvcs=false']) assert.ok(args.includes(flag), flag);
    assert.ok(args.includes('-ldflags=-s -w -buildid='));
  });
});

describe('goEnvironment', () => {
  it('asks for a static Linux binary for the machine', () => {
    for (const architecture of ['amd64', 'arm64'] as const) {
      const { CGO_ENABLED, GOOS, GOARCH } = goEnvironment(architecture);
      assert.deepEqual([CGO_ENABLED, GOOS, GOARCH], ['0', 'linux', architecture]);
    }
  });

  it('neither downloads another Go nor takes flags from the user', () => {
    const { GOTOOLCHAIN, GOFLAGS, GOWORK } = goEnvironment('amd64');
    assert.deepEqual([GOTOOLCHAIN, GOFLAGS, GOWORK], ['local', '', 'off']);
  });
});

describe('the module of sdk-go', () => {
  it('pins the SDK that the catalog names, by its hash', async () => {
    const [module, sums] = await Promise.all(
      ['go.mod', 'go.sum'].map((name) => readFile(join(sourceDir, name), 'utf8')),
    );
    const version = /^require github\.com\/modelcontextprotocol\/go-sdk (v\S+)$/m.exec(module ?? '')?.[1];
    assert.equal(`go-sdk ${version?.slice(1)}`, sdkServers['go-stateful'].sdk);
    assert.ok(sums?.includes(`github.com/modelcontextprotocol/go-sdk ${version} h1:`));
  });

  it('needs the Go that the recipe asks for', async () => {
    assert.match(await readFile(join(sourceDir, 'go.mod'), 'utf8'), /^go 1\.25(?:\.0)?$/m);
  });
});

describe('goImage', () => {
  it('says what to do without Go', async (t) => {
    emptyPath(t);
    const context = {
      architecture: 'amd64',
      cacheDir: await temporaryDirectory(t),
      progress: () => undefined,
    } as const;
    await assert.rejects(goImage(context), isMissingTool(/^go is not installed: .*https:\/\/go\.dev\/dl.*sdk-go/));
  });
});
