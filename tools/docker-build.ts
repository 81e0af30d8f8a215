import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buildImage } from '../images/build.ts';
import { projectRoot } from '../images/bundle.ts';
import { run } from '../images/command.ts';
import { ImageError } from '../images/image-error.ts';
import { untilInterrupted } from '../images/interrupt.ts';
import type { Architecture } from '../images/oci.ts';
import { parseReference } from '../images/reference.ts';
import { shipOperator } from '../images/ship.ts';
import { type EngineName, findEngine, type RunProgram } from './container-engine.ts';
import { exitWith, imageArgument } from './image-argument.ts';
import { type ImageTarget, localCluster } from './local-cluster.ts';
import { platformsIn } from './platforms.ts';

// `make docker-build IMG=…`: the operator's image, by a container engine where one works, else without one.

/** What `dockerBuild` needs from outside. */
export interface DockerBuildOptions {
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
  /** CONTAINER_TOOL: `docker`, `podman`, `buildah`, `none`; undefined takes the first that works. */
  readonly tool: string | undefined;
  /** Runs the engine. Default: for real. */
  readonly runProgram?: RunProgram;
  /** The cluster that the image is put into when it is up. Default: the local one. */
  readonly cluster?: ImageTarget;
  /** Where archives go. Default: `dist/images` of the repository. */
  readonly archiveDir?: string;
  /** PLATFORMS: `linux/amd64,linux/arm64`. Default: this machine, by an engine where one works. */
  readonly platforms?: string | undefined;
  /** What the image says about its sources. Default: nothing. */
  readonly origin?: { readonly source?: string | undefined; readonly revision?: string | undefined };
  /** Builds without an engine. Default: for real. */
  readonly ship?: typeof shipOperator;
}

type EngineOptions = Required<Pick<DockerBuildOptions, 'signal' | 'runProgram'>>;

/** Where archives go, below the repository. */
export const archiveDirectory = join('dist', 'images');

/**
 * What the archive of an image is called.
 *
 * @param image a reference, e.g. `registry.example:5000/team/operator:v1`
 * @returns for example `operator-v1.tar`
 * @throws ImageError `BadReference`
 */
export function archiveName(image: string): string {
  const { familiar } = parseReference(image);
  return `${familiar.slice(familiar.lastIndexOf('/') + 1).replace(':', '-')}.tar`;
}

/**
 * Builds the operator's image under a name, and puts it into the local cluster when that is up.
 *
 * @param image what to call it
 * @throws ImageError or ClusterError with what went wrong and what to do
 */
export async function dockerBuild(image: string, options: DockerBuildOptions): Promise<void> {
  const { signal, print, tool, runProgram = run, cluster = localCluster } = options;
  const archive = join(options.archiveDir ?? join(projectRoot, archiveDirectory), archiveName(image));
  const architectures = platformsIn(options.platforms);
  // An engine builds for several machines only with emulators or several builders; this way needs neither.
  const { engine, passedOver } = await findEngine(architectures ? 'none' : tool, signal, runProgram);
  const inCluster = await cluster.runsPods();
  if (engine === undefined) {
    print(
      `building ${image} without a container engine (${architectures ? 'PLATFORMS is set' : passedOver.join('; ')})`,
    );
    await buildWithout(image, archive, architectures, options);
    if (!inCluster) print(`next: make docker-push IMG=${image}, or docker load -i ${archive}`);
  } else {
    print(`building ${image} with ${engine}`);
    await engineBuild(engine, image, { signal, runProgram });
    print(`built ${image}; next: make docker-push IMG=${image}`);
    // The cluster's containerd does not see the engine's images.
    if (inCluster) await save(engine, image, archive, { signal, runProgram });
  }
  if (!inCluster) return;
  await cluster.load(archive);
  print(`loaded ${image} into the local cluster; next: make deploy IMG=${image}`);
}

/**
 * Where the pinned parts cannot be had and only this machine is wanted, its own libraries do: good enough to try the
 * operator out, and said.
 */
async function buildWithout(
  image: string,
  archive: string,
  architectures: readonly Architecture[] | undefined,
  { print, signal, origin, ship = shipOperator }: DockerBuildOptions,
): Promise<void> {
  try {
    const shipped = await ship({ ...origin, ref: image, out: archive, architectures, progress: print, signal });
    print(`built ${shipped.ref}@${shipped.digest}\n  ${archive}`);
    for (const { architecture, size, sbom } of shipped.images) {
      const file = archive.replace(/\.tar$/, `.${architecture}.spdx.json`);
      await writeFile(file, `${JSON.stringify(sbom, null, 2)}\n`);
      print(`  linux/${architecture}: ${(size / 1e6).toFixed(1)} MB to pull, SBOM in ${file}`);
    }
  } catch (thrown) {
    const error = ImageError.from(thrown);
    if (error.code !== 'Download' || architectures !== undefined) throw error;
    print(`${error.message}\nbuilding with this machine's own libraries: other machines will get another digest`);
    const built = await buildImage('operator', { ref: image, out: archive, progress: print, signal });
    print(`built ${built.ref}@${built.digest}\n  ${archive}`);
  }
}

/** The engine's own build. It needs a registry for the base image, which the way without an engine does not. */
async function engineBuild(engine: EngineName, image: string, { signal, runProgram }: EngineOptions): Promise<void> {
  const args = ['build', '--tag', image, '--file', 'Dockerfile', '.'];
  try {
    await runProgram(engine, args, { cwd: projectRoot, signal, show: true });
  } catch (thrown) {
    const error = ImageError.from(thrown);
    if (error.code !== 'ToolFailed') throw error;
    const instead = `without it, and without a registry: make docker-build IMG=${image} CONTAINER_TOOL=none`;
    throw new ImageError('ToolFailed', `${error.message}\n${instead}`, { cause: error });
  }
}

async function save(
  engine: EngineName,
  image: string,
  archive: string,
  { signal, runProgram }: EngineOptions,
): Promise<void> {
  await mkdir(dirname(archive), { recursive: true });
  // Podman refuses to write over an archive.
  await rm(archive, { force: true });
  const args =
    engine === 'buildah' ? ['push', image, `docker-archive:${archive}:${image}`] : ['save', '--output', archive, image];
  await runProgram(engine, args, { signal, show: true });
}

if (import.meta.main) {
  await exitWith(() =>
    untilInterrupted((signal) =>
      dockerBuild(imageArgument(process.argv.slice(2), process.env), {
        signal,
        print: console.log,
        tool: process.env.CONTAINER_TOOL,
        platforms: process.env.PLATFORMS,
        origin: { source: process.env.IMAGE_SOURCE, revision: process.env.IMAGE_REVISION },
      }),
    ),
  );
}
