import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { before, describe, it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import { type BundledFile, bundleEntries, projectRoot } from './bundle.ts';
import { bundleOperator, operatorImage, operatorName, operatorRun } from './operator.ts';
import { unpackLayers } from './unpack.ts';

let files: BundledFile[];
before(async () => {
  files = await bundleOperator();
});

/** The scripts that are loaded as soon as the operator starts. */
function loadedAtStart(): BundledFile[] {
  const loaded = new Map<string, BundledFile>();
  const load = (path: string) => {
    const file = files.find((one) => one.path === path);
    assert.ok(file !== undefined, path);
    if (loaded.has(path)) return;
    loaded.set(path, file);
    for (const next of file.imports) load(next);
  };
  load(`${operatorName}.js`);
  return [...loaded.values()];
}

/** The operator as it lies in the image, with no node_modules in reach. */
async function unpacked(t: TestContext): Promise<string> {
  const root = join(await temporaryDirectory(t), 'root');
  await unpackLayers([{ name: 'operator', entries: bundleEntries(files, operatorName, '9.8.7') }], root);
  return join(root, 'app', 'dist', `${operatorName}.js`);
}

describe("the operator's bundle", () => {
  it('does not load the kubeconfig loader at the start: a pod never needs it', () => {
    const text = loadedAtStart()
      .map(({ content }) => content.toString())
      .join('\n');
    assert.ok(!text.includes('@kubernetes/client-node/dist'));
    assert.ok(text.includes('node_modules/pino/'), 'the text does name the packages that are in it');
  });

  it('starts from less than 2 MiB of script', () => {
    const bytes = loadedAtStart().reduce((sum, { content }) => sum + content.length, 0);
    assert.ok(bytes < 2 << 20, `${bytes} bytes`);
  });

  it('is complete: it runs without node_modules', async (t) => {
    const { stdout } = await promisify(execFile)(process.execPath, [await unpacked(t), '--help']);
    assert.match(stdout, /--metrics-bind-address/);
  });

  it('knows its version', async (t) => {
    const { stdout } = await promisify(execFile)(process.execPath, [await unpacked(t), '--version']);
    assert.match(stdout, /9\.8\.7/);
  });

  it('finds the kubeconfig loader when it is run outside a cluster', async (t) => {
    const main = await unpacked(t);
    const kubeconfig = join(await temporaryDirectory(t), 'config');
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'no-such-plugin', interactiveMode: 'Never' };
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'c',
      clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
      users: [{ name: 'u', user: { exec } }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    };
    await writeFile(kubeconfig, JSON.stringify(config));
    // It is the loader that runs the plugin: its complaint shows that the loader was found and works.
    await assert.rejects(promisify(execFile)(process.execPath, [main, `--kubeconfig=${kubeconfig}`]), (thrown) => {
      assert.match(String(Reflect.get(Object(thrown), 'stderr')), /no-such-plugin/);
      return true;
    });
  });
});

describe('operatorImage', () => {
  it('is Node below and the bundle above, started as non-root', async (t) => {
    const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
    const cacheDir = await temporaryDirectory(t);
    const { layers, run } = await operatorImage({
      architecture,
      cacheDir,
      progress: () => undefined,
      signal: undefined,
    });
    assert.deepEqual(
      layers.map(({ name }) => name),
      ['node-runtime', 'operator'],
    );
    assert.equal(run, operatorRun);
    assert.equal(run.user, '65532:65532');
    const paths = new Set(layers.flatMap(({ entries }) => entries.map(({ path }) => path)));
    for (const path of [run.entrypoint[0], run.entrypoint.at(-1)])
      assert.ok(paths.has(String(path).slice(1)), String(path));
  });
});

describe("the image's Node", () => {
  it('keeps its heap as small as the launcher does: a pod takes no more memory than a laptop', async () => {
    const launcher = await readFile(join(projectRoot, 'bin', 'smooth-operator'), 'utf8');
    const flags = launcher.match(/--(max-semi-space-size|initial-old-space-size|heap-growing-percent)=\d+/g) ?? [];
    assert.equal(flags.length, 3, 'the launcher sets them');
    assert.deepEqual(operatorRun.entrypoint.slice(1, -1), flags);
  });

  it('reads no source maps: they would be a quarter of its memory', () => {
    assert.ok(!operatorRun.entrypoint.includes('--enable-source-maps'));
  });

  it('understands every flag that it is started with', async (t) => {
    const flags = operatorRun.entrypoint.slice(1, -1);
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, await unpacked(t), '--version']);
    assert.match(stdout, /9\.8\.7/);
  });
});

describe('the Dockerfile', () => {
  // The parser that the engines have is not here; these are one-line instructions.
  const instructions = async () => {
    const lines = (await readFile(join(projectRoot, 'Dockerfile'), 'utf8')).split('\n');
    const found = lines.map((line) => /^([A-Z]+) (.*)$/.exec(line)).filter((match) => match !== null);
    return found.map(([, name = '', rest = '']) => [name, rest] as const);
  };
  const last = async (name: string) => (await instructions()).findLast(([one]) => one === name)?.[1];
  const pairs = (text = '') => Object.fromEntries(text.split(' ').map((pair) => pair.split('=')));

  it('starts the operator as the image that is built without an engine does', async () => {
    assert.deepEqual(JSON.parse((await last('ENTRYPOINT')) ?? ''), operatorRun.entrypoint);
    assert.equal(await last('USER'), operatorRun.user);
    assert.equal(await last('WORKDIR'), operatorRun.workingDir);
    assert.deepEqual(pairs(await last('ENV')), operatorRun.env);
    assert.deepEqual(pairs(await last('LABEL')), operatorRun.labels);
    assert.equal(await last('EXPOSE'), operatorRun.exposedPorts?.map((port) => `${port}/tcp`).join(' '));
  });

  it('copies into an empty image what the image builder writes, and nothing else', async () => {
    const steps = await instructions();
    const final = steps.slice(steps.findLastIndex(([name]) => name === 'FROM'));
    assert.deepEqual(final[0], ['FROM', 'scratch']);
    assert.deepEqual(
      final.filter(([name]) => name === 'COPY' || name === 'ADD' || name === 'RUN'),
      [['COPY', '--from=build /rootfs/ /']],
    );
    assert.ok(steps.some(([name, rest]) => name === 'RUN' && rest === 'node images/cli.ts rootfs operator /rootfs'));
  });

  it('copies every source that the build reads', async () => {
    const copied = (await instructions())
      .filter(([name, rest]) => name === 'COPY' && !rest.startsWith('--from'))
      .flatMap(([, rest]) => rest.split(' ').slice(0, -1));
    const isCopied = (path: string) => copied.some((one) => path === one || path.startsWith(`${one}/`));
    const seen = new Set<string>();
    const follow = async (path: string): Promise<void> => {
      if (seen.has(path)) return;
      seen.add(path);
      assert.ok(isCopied(path), `${path} is imported, and the Dockerfile does not copy it`);
      const text = await readFile(join(projectRoot, path), 'utf8');
      for (const [, to = ''] of text.matchAll(/^(?:import|export) (?!type )[^'"`;]*?from '(\.[^']+)'/gms)) {
        await follow(join(dirname(path), to));
      }
    };
    await follow(join('images', 'cli.ts'));
    assert.ok(seen.size > 20, `${seen.size} sources`);
  });

  it('copies nothing that .dockerignore keeps from the engine', async () => {
    const lines = (await readFile(join(projectRoot, '.dockerignore'), 'utf8')).split('\n');
    const allowed = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    const copied = (await instructions())
      .filter(([name, rest]) => name === 'COPY' && !rest.startsWith('--from'))
      .flatMap(([, rest]) => rest.split(' ').slice(0, -1));
    assert.deepEqual(copied.sort(), allowed.sort());
  });
});
