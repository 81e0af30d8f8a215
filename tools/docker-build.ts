import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buildImage } from '../images/build.ts';
import { projectRoot } from '../images/bundle.ts';
import { run } from '../images/command.ts';
import { ImageError } from '../images/image-error.ts';
import { untilInterrupted } from '../images/interrupt.ts';
import { parseReference } from '../images/reference.ts';
import { type EngineName, findEngine, type RunProgram } from './container-engine.ts';
import { exitWith, imageArgument } from './image-argument.ts';
import { type ImageTarget, localCluster } from './local-cluster.ts';

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
  const { engine, passedOver } = await findEngine(tool, signal, runProgram);
  const inCluster = await cluster.runsPods();
  if (engine === undefined) {
    print(`no container engine (${passedOver.join('; ')}): building ${image} without one`);
    const built = await buildImage('operator', { ref: image, out: archive, progress: print, signal });
    print(`built ${built.ref} ${built.digest}\n  ${archive}`);
    if (!inCluster) print(`next: docker load -i ${archive}, or ctr -n k8s.io images import ${archive}`);
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
      }),
    ),
  );
}
