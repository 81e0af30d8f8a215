import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { sdkServers } from './catalog.ts';
import { goBuildArgs, goEnvironment, goImage } from './go-image.ts';
import { emptyPath, isMissingTool, pretendTool } from './test-support.ts';

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

  /** A compiler that is done at once: what it writes is what it was called with. */
  async function pretendGo(t: TestContext, version = 'go1.26.8') {
    const script = `
      if [ "$1" = env ]; then echo ${version}; exit; fi
      while [ "$1" != -o ]; do shift; done
      echo "$PWD $CGO_ENABLED" >"$2"`;
    await pretendTool(t, await temporaryDirectory(t), 'go', script);
    const said: string[] = [];
    const cacheDir = await temporaryDirectory(t);
    return { architecture: 'arm64', cacheDir, progress: (line: string) => said.push(line), said } as const;
  }

  it('is one binary, compiled without C from its own directory, and nothing else', async (t) => {
    const context = await pretendGo(t);
    const { layers, run } = await goImage(context);
    const [entry, ...others] = layers.flatMap(({ entries }) => entries);
    assert.deepEqual(others, []);
    assert.ok(entry?.kind === 'file' && 'hostPath' in entry.content);
    assert.deepEqual([entry.path, entry.mode, run.entrypoint], ['server', 0o755, ['/server']]);
    assert.equal(await readFile(entry.content.hostPath, 'utf8'), `${sourceDir} 0\n`);
  });

  it('is compiled once for each architecture', async (t) => {
    const context = await pretendGo(t);
    await goImage(context);
    await goImage(context);
    assert.deepEqual(context.said, ['compiling sdk-go with go1.26.8']);
    await goImage({ ...context, architecture: 'amd64' });
    assert.equal(context.said.length, 2);
  });

  it('refuses a Go that is too old, before it compiles', async (t) => {
    const context = await pretendGo(t, 'go1.21.3');
    await assert.rejects(goImage(context), isMissingTool(/^Go 1\.25 or newer is needed, here is 1\.21\.3: /));
    assert.deepEqual(context.said, []);
  });
});
