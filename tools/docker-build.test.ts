import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { ImageError } from '../images/image-error.ts';
import type { pushArchive } from '../images/registry/push.ts';
import type { ShipOptions, shipOperator } from '../images/ship.ts';
import { readArchive } from '../test/support/image-archive.ts';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import type { RunProgram } from './container-engine.ts';
import { archiveName, dockerBuild } from './docker-build.ts';
import { dockerPush } from './docker-push.ts';
import type { ImageTarget } from './local-cluster.ts';

const { signal } = new AbortController();
const image = 'registry.example:5000/team/operator:v1';

/** A machine where one engine works, or none; it records what is run. */
function machine(engine?: string) {
  const ran: string[] = [];
  const runProgram: RunProgram = async (program, args) => {
    if (program !== engine) throw new ImageError('ToolMissing', `${program} is not installed: install it`);
    ran.push([program, ...args].join(' '));
    return '';
  };
  return { ran, runProgram };
}

/** A cluster that is up or not; it records what is loaded. */
function cluster(up: boolean) {
  const loaded: string[] = [];
  const target: ImageTarget = {
    runsPods: async () => up,
    load: async (archivePath) => void loaded.push(archivePath),
  };
  return { loaded, target };
}

async function options(t: TestContext, engine: string | undefined, up: boolean) {
  const printed: string[] = [];
  const { ran, runProgram } = machine(engine);
  const { loaded, target } = cluster(up);
  const archiveDir = await temporaryDirectory(t);
  const print = (line: string) => printed.push(line);
  return { given: { signal, print, tool: undefined, runProgram, cluster: target, archiveDir }, printed, ran, loaded };
}

/** Pretends to build for both machines; what it was asked for. */
function shipping() {
  const asked: ShipOptions[] = [];
  const ship: typeof shipOperator = async (wanted) => {
    asked.push(wanted);
    const one = { digest: 'sha256:abc', size: 54e6, sbom: { spdxVersion: 'SPDX-2.3' } };
    const images = (['amd64', 'arm64'] as const).map((architecture) => ({ ...one, architecture }));
    return { ref: wanted.ref, digest: 'sha256:def', archivePath: wanted.out, images };
  };
  return { asked, ship };
}

const unreachable: typeof shipOperator = async () => {
  throw new ImageError('Download', 'libc6 cannot be had');
};

describe('archiveName', () => {
  const cases: readonly [image: string, name: string][] = [
    ['operator', 'operator-latest.tar'],
    ['team/operator:v1', 'operator-v1.tar'],
    [image, 'operator-v1.tar'],
    ['localhost:5000/operator', 'operator-latest.tar'],
  ];
  for (const [given, name] of cases) it(`is ${name} for ${given}`, () => assert.equal(archiveName(given), name));

  it('cannot lead out of its directory', () => {
    for (const bad of ['../x', 'a/..', '/etc/x:1']) assert.throws(() => archiveName(bad), ImageError);
  });
});

describe('dockerBuild', () => {
  it('builds with the engine that works, from the Dockerfile', async (t) => {
    const { given, ran, loaded, printed } = await options(t, 'docker', false);
    await dockerBuild(image, given);
    assert.equal(ran.at(-1), `docker build --tag ${image} --file Dockerfile .`);
    assert.deepEqual(loaded, []);
    assert.match(printed.join('\n'), /next: make docker-push IMG=registry/);
  });

  for (const [engine, saves] of [
    ['docker', 'save --output'],
    ['podman', 'save --output'],
    ['buildah', 'push'],
  ] as const) {
    it(`takes the image out of ${engine} into the local cluster, which does not see the engine's`, async (t) => {
      const { given, ran, loaded } = await options(t, engine, true);
      await writeFile(join(given.archiveDir, 'operator-v1.tar'), 'an older one, which podman would not replace');
      await dockerBuild(image, given);
      const last = String(ran.at(-1));
      assert.ok(last.startsWith(`${engine} ${saves}`), last);
      assert.ok(last.includes(join(given.archiveDir, 'operator-v1.tar')), last);
      assert.deepEqual(loaded, [join(given.archiveDir, 'operator-v1.tar')]);
      assert.deepEqual(await readdir(given.archiveDir), [], 'the older one is gone');
    });
  }

  it('builds without an engine where none works, says why, and writes an SBOM beside the archive', async (t) => {
    const { given, printed, loaded } = await options(t, undefined, false);
    const { asked, ship } = shipping();
    await dockerBuild(image, { ...given, ship, origin: { revision: 'abc' } });
    const archivePath = join(given.archiveDir, 'operator-v1.tar');
    assert.deepEqual([asked[0]?.ref, asked[0]?.out, asked[0]?.architectures], [image, archivePath, undefined]);
    assert.equal(asked[0]?.revision, 'abc');
    assert.deepEqual(loaded, []);
    const said = printed.join('\n');
    assert.match(said, /without a container engine \(docker: not installed; podman: not installed; buildah: not/);
    assert.ok(said.includes(`next: make docker-push IMG=${image}, or docker load -i ${archivePath}`));
    assert.match(said, /linux\/arm64: 54\.0 MB to pull, SBOM in .*operator-v1\.arm64\.spdx\.json/);
    const sbom = await readFile(join(given.archiveDir, 'operator-v1.arm64.spdx.json'), 'utf8');
    assert.equal(JSON.parse(sbom).spdxVersion, 'SPDX-2.3');
  });

  it('builds for several machines without the engine, even where one works', async (t) => {
    const { given, ran, printed } = await options(t, 'docker', false);
    const { asked, ship } = shipping();
    await dockerBuild(image, { ...given, ship, platforms: 'linux/arm64,linux/amd64' });
    assert.deepEqual(asked[0]?.architectures, ['amd64', 'arm64']);
    assert.deepEqual(ran, []);
    assert.match(printed[0] ?? '', /without a container engine \(PLATFORMS is set\)/);
  });

  it("takes this machine's own libraries where the pinned ones cannot be had, and says so", async (t) => {
    const { given, printed } = await options(t, undefined, false);
    await dockerBuild(image, { ...given, ship: unreachable });
    const archive = await readArchive(join(given.archiveDir, 'operator-v1.tar'));
    const [docker] = await archive.json<{ RepoTags: string[] }[]>('manifest.json');
    assert.deepEqual(docker?.RepoTags, [image]);
    assert.match(printed.join('\n'), /libc6 cannot be had\nbuilding with this machine's own libraries: other machines/);
  });

  it('does not do that when machines are named: the others cannot be had that way', async (t) => {
    const { given } = await options(t, undefined, false);
    const building = dockerBuild(image, { ...given, ship: unreachable, platforms: 'linux/amd64,linux/arm64' });
    await assert.rejects(building, { code: 'Download' });
    assert.deepEqual(await readdir(given.archiveDir), []);
  });

  it('puts what it built without an engine into the local cluster', async (t) => {
    const { given, loaded, printed } = await options(t, undefined, true);
    await dockerBuild(image, { ...given, tool: 'none', ship: shipping().ship });
    assert.deepEqual(loaded, [join(given.archiveDir, 'operator-v1.tar')]);
    assert.match(printed.at(-1) ?? '', /next: make deploy IMG=registry/);
  });

  it('says how to build without the engine when that fails, for want of a base image, say', async (t) => {
    const { given } = await options(t, 'docker', false);
    const runProgram: RunProgram = async (_program, args) => {
      if (args[0] === 'build') throw new ImageError('ToolFailed', 'docker build failed: cannot pull node');
      return '';
    };
    await assert.rejects(dockerBuild(image, { ...given, runProgram }), (thrown) => {
      assert.ok(thrown instanceof ImageError);
      assert.match(thrown.message, /^docker build failed: cannot pull node\n/);
      return thrown.message.endsWith(`make docker-build IMG=${image} CONTAINER_TOOL=none`);
    });
  });

  it('passes Ctrl-C on as it is', async (t) => {
    const { given } = await options(t, 'docker', false);
    const runProgram: RunProgram = async (_program, args) => {
      if (args[0] === 'build') throw new ImageError('Aborted', 'docker was interrupted');
      return '';
    };
    await assert.rejects(dockerBuild(image, { ...given, runProgram }), /^ImageError: docker was interrupted$/);
  });

  it('loads nothing when the build fails', async (t) => {
    const { given, loaded } = await options(t, 'docker', true);
    const runProgram: RunProgram = async (_program, args) => {
      if (args[0] === 'build') throw new ImageError('ToolFailed', 'docker build failed (exit code 1)');
      return '';
    };
    await assert.rejects(dockerBuild(image, { ...given, runProgram }), /docker build failed/);
    assert.deepEqual(loaded, []);
  });
});

describe('dockerPush', () => {
  it('pushes with the engine that works', async () => {
    const { ran, runProgram } = machine('podman');
    const printed: string[] = [];
    await dockerPush(image, { signal, print: (line) => printed.push(line), tool: undefined, runProgram });
    assert.equal(ran.at(-1), `podman push ${image}`);
    assert.deepEqual(printed, [`pushing ${image} with podman`]);
  });

  /** Pretends to push; what it was given. */
  function pushing() {
    const pushed: string[][] = [];
    const push: typeof pushArchive = async (archivePath, reference) => {
      pushed.push([archivePath, reference]);
      return 'sha256:abc';
    };
    return { pushed, push };
  }

  it('sends the archive itself where no engine works, and says under which digest', async (t) => {
    const archiveDir = await temporaryDirectory(t);
    await writeFile(join(archiveDir, 'operator-v1.tar'), 'an archive');
    const { pushed, push } = pushing();
    const printed: string[] = [];
    const print = (line: string) => printed.push(line);
    await dockerPush(image, { signal, print, tool: undefined, runProgram: machine().runProgram, push, archiveDir });
    assert.deepEqual(pushed, [[join(archiveDir, 'operator-v1.tar'), image]]);
    assert.match(printed[0] ?? '', /without a container engine \(docker: not installed/);
    assert.equal(printed.at(-1), `pushed ${image}@sha256:abc; next: make deploy IMG=${image}`);
  });

  it('sends the archive of several machines itself: no engine has it', async (t) => {
    const archiveDir = await temporaryDirectory(t);
    await writeFile(join(archiveDir, 'operator-v1.tar'), 'an archive');
    const { pushed, push } = pushing();
    const { ran, runProgram } = machine('docker');
    const platforms = 'linux/amd64,linux/arm64';
    await dockerPush(image, {
      signal,
      print: () => undefined,
      tool: undefined,
      platforms,
      runProgram,
      push,
      archiveDir,
    });
    assert.equal(pushed.length, 1);
    assert.deepEqual(ran, []);
  });

  it('says what to do first when nothing was built under that name', async (t) => {
    const { push } = pushing();
    const archiveDir = await temporaryDirectory(t);
    const given = { signal, print: () => undefined, tool: 'none', push, archiveDir };
    await assert.rejects(dockerPush(image, given), {
      code: 'Io',
      message: new RegExp(`make docker-build IMG=${image} first$`),
    });
  });

  it('does not push with another engine than the one that is wanted', async () => {
    const { ran, runProgram } = machine('docker');
    const pushing = dockerPush(image, { signal, print: () => undefined, tool: 'podman', runProgram });
    await assert.rejects(pushing, /CONTAINER_TOOL=podman does not work/);
    assert.deepEqual(ran, []);
  });
});

describe('the commands as make runs them', () => {
  const command = (name: string, env: Record<string, string>, ...args: string[]) =>
    new Promise<{ code: number | null; stderr: string }>((resolve) => {
      const clean = { ...process.env, IMG: '', CONTAINER_TOOL: 'none', ...env };
      const path = join(import.meta.dirname, name);
      const child = execFile(process.execPath, [path, ...args], { env: clean }, (_error, _stdout, stderr) => {
        resolve({ code: child.exitCode, stderr });
      });
    });

  for (const name of ['docker-build.ts', 'docker-push.ts']) {
    it(`${name} without IMG exits 2 and says what to add`, async () => {
      const { code, stderr } = await command(name, {});
      assert.equal(code, 2);
      assert.match(stderr, /^error: no image is named: add IMG=\S+\n$/);
    });

    it(`${name} with a bad IMG exits 2 and shows it`, async () => {
      const { code, stderr } = await command(name, { IMG: 'Bad Image' });
      assert.equal(code, 2);
      assert.match(stderr, /"Bad Image"/);
    });

    it(`${name} with an engine that is not known exits 1`, async () => {
      const { code, stderr } = await command(name, { IMG: 'team/op:v1', CONTAINER_TOOL: 'nerdctl' });
      assert.equal(code, 1);
      assert.match(stderr, /CONTAINER_TOOL is "nerdctl": use docker, podman, buildah or none/);
    });
  }

  it('docker-push.ts takes the image as an argument, too', async () => {
    const { code, stderr } = await command('docker-push.ts', {}, 'team/no-such:v1');
    assert.equal(code, 1);
    assert.match(stderr, /make docker-build IMG=team\/no-such:v1 first/);
  });
});
