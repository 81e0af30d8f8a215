import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { freePorts } from '../cluster/control-plane/free-port.ts';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import { until } from '../test/support/until.ts';
import { defaultCacheDir } from './cache.ts';
import type { ImageContent, RecipeContext } from './recipe.ts';
import { serverEverythingImage } from './server-everything-image.ts';
import { unpackLayers } from './unpack.ts';

const said: string[] = [];
// The real cache: what is tested is what the packages do, and npm's registry need not be asked again for that.
const context: RecipeContext = {
  architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
  cacheDir: defaultCacheDir(),
  progress: (line) => said.push(line),
  signal: undefined,
};

describe('the lock file of server-everything', () => {
  it('pins the version that the package asks for, and every package by its hash', async () => {
    const dir = join(import.meta.dirname, 'server-everything');
    const manifest = JSON.parse(await readFile(join(dir, 'package.json'), 'utf8'));
    const lock = JSON.parse(await readFile(join(dir, 'package-lock.json'), 'utf8'));
    const name = '@modelcontextprotocol/server-everything';
    assert.match(manifest.dependencies[name], /^\d+\.\d+\.\d+$/, 'an exact version');
    assert.equal(lock.packages[`node_modules/${name}`].version, manifest.dependencies[name]);
    for (const [path, entry] of Object.entries<{ integrity?: string; resolved?: string }>(lock.packages)) {
      if (path === '') continue;
      assert.match(entry.integrity ?? '', /^sha512-/, path);
      assert.equal(entry.resolved, undefined, `${path} names a registry, which others may not have`);
    }
  });
});

describe('serverEverythingImage', () => {
  let content: ImageContent;
  before(async () => {
    content = await serverEverythingImage(context);
  });

  it('starts the server in streamableHttp mode on 8080, and ends it with the signal that it knows', () => {
    const { run } = content;
    assert.match(run.entrypoint.at(-1) ?? '', /^\/app\/node_modules\/.*\/dist\/index\.js$/);
    assert.deepEqual(run.cmd, ['streamableHttp']);
    assert.equal(run.env?.PORT, '8080');
    assert.equal(run.stopSignal, 'SIGINT');
    assert.equal(run.user, '65532:65532');
  });

  it('has the file that it starts, and no types or source maps', () => {
    const paths = new Set(content.layers.flatMap(({ entries }) => entries.map(({ path }) => path)));
    assert.ok(paths.has(content.run.entrypoint.at(-1)?.slice(1) ?? ''));
    assert.ok([...paths].every((path) => !/\.d\.ts$|\.map$/.test(path)));
  });

  it('installs nothing the second time', async () => {
    said.length = 0;
    await serverEverythingImage(context);
    assert.deepEqual(said, []);
  });
});

describe('server-everything as it lies in the image', () => {
  let server: ChildProcess;
  let url: string;
  let exited: Promise<unknown[]>;
  let cleanUp: () => Promise<void>;

  before(async () => {
    const root = join(
      await temporaryDirectory({
        after: (remove) => {
          cleanUp = remove;
        },
      }),
      'root',
    );
    const { layers, run } = await serverEverythingImage(context);
    await unpackLayers(
      layers.filter(({ name }) => name === 'server-everything'),
      root,
    );
    const [port] = await freePorts(1, '127.0.0.1');
    const program = join(root, run.entrypoint.at(-1) ?? '');
    server = spawn(process.execPath, [program, ...(run.cmd ?? [])], {
      env: { ...process.env, PORT: String(port) },
      stdio: 'ignore',
    });
    exited = once(server, 'exit');
    url = `http://127.0.0.1:${port}`;
    const listens = () => fetch(`${url}/health`).then(({ status }) => status > 0);
    await until(listens, { what: 'server-everything to listen' });
  });

  after(async () => {
    server.kill('SIGKILL');
    await exited;
    await cleanUp();
  });

  it('has no /health: that is what the TCP probe of its sample is for', async () => {
    assert.equal((await fetch(`${url}/health`)).status, 404);
  });

  it('answers the official client, with all that it reads at run time in place', async () => {
    const client = new Client({ name: 'test', version: '1' });
    await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)));
    try {
      const { tools } = await client.listTools();
      assert.ok(tools.some(({ name }) => name === 'echo'));
      const result = await client.callTool({ name: 'echo', arguments: { message: 'hi' } });
      assert.deepEqual(result.content, [{ type: 'text', text: 'Echo: hi' }]);
      // Read from a file beside its modules.
      assert.ok((client.getInstructions() ?? '').length > 100);
    } finally {
      await client.close();
    }
  });

  it('ends on SIGINT', async () => {
    server.kill('SIGINT');
    assert.deepEqual(await exited, [0, null]);
  });
});
