import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../images/bundle.ts';
import { run } from '../images/command.ts';
import { ImageError } from '../images/image-error.ts';
import { untilInterrupted } from '../images/interrupt.ts';
import { pushArchive } from '../images/registry/push.ts';
import { findEngine, type RunProgram } from './container-engine.ts';
import { archiveDirectory, archiveName } from './docker-build.ts';
import { exitWith, imageArgument } from './image-argument.ts';
import { platformsIn } from './platforms.ts';

// `make docker-push IMG=…`: sends the operator's image to its registry, by a container engine where one works, else
// without one. Either way with the login of `docker login` or `podman login`.

/** What `dockerPush` needs from outside. */
export interface DockerPushOptions {
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
  /** CONTAINER_TOOL; see docker-build.ts. */
  readonly tool: string | undefined;
  /** PLATFORMS; see docker-build.ts. An image for several machines was built without an engine, so it has none. */
  readonly platforms?: string | undefined;
  /** Runs the engine. Default: for real. */
  readonly runProgram?: RunProgram;
  /** Sends an archive. Default: for real. */
  readonly push?: typeof pushArchive;
  /** Where `dockerBuild` put the archive. Default: `dist/images` of the repository. */
  readonly archiveDir?: string;
}

/**
 * Pushes an image that `dockerBuild` built.
 *
 * @throws ImageError `Io` when there is no archive of it, `Registry` with what the registry said
 */
export async function dockerPush(image: string, options: DockerPushOptions): Promise<void> {
  const { signal, print, tool, runProgram = run, push = pushArchive } = options;
  const several = platformsIn(options.platforms) !== undefined;
  const { engine, passedOver } = await findEngine(several ? 'none' : tool, signal, runProgram);
  if (engine !== undefined) {
    print(`pushing ${image} with ${engine}`);
    await runProgram(engine, ['push', image], { signal, show: true });
    return;
  }
  const archive = join(options.archiveDir ?? join(projectRoot, archiveDirectory), archiveName(image));
  if (!existsSync(archive)) {
    throw new ImageError('Io', `there is no ${archive}: make docker-build IMG=${image} first`);
  }
  print(`pushing ${image} without a container engine (${several ? 'PLATFORMS is set' : passedOver.join('; ')})`);
  const digest = await push(archive, image, { signal, progress: print });
  print(`pushed ${image}@${digest}; next: make deploy IMG=${image}`);
}

if (import.meta.main) {
  await exitWith(() =>
    untilInterrupted((signal) =>
      dockerPush(imageArgument(process.argv.slice(2), process.env), {
        signal,
        print: console.log,
        tool: process.env.CONTAINER_TOOL,
        platforms: process.env.PLATFORMS,
      }),
    ),
  );
}
