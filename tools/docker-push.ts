import { join } from 'node:path';
import { run } from '../images/command.ts';
import { ImageError } from '../images/image-error.ts';
import { untilInterrupted } from '../images/interrupt.ts';
import { findEngine, type RunProgram } from './container-engine.ts';
import { archiveDirectory, archiveName } from './docker-build.ts';
import { exitWith, imageArgument } from './image-argument.ts';

// `make docker-push IMG=…`: sends the operator's image to its registry. That needs a container engine, which has the login.

/** What `dockerPush` needs from outside. */
export interface DockerPushOptions {
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
  /** CONTAINER_TOOL; see docker-build.ts. */
  readonly tool: string | undefined;
  /** Runs the engine. Default: for real. */
  readonly runProgram?: RunProgram;
}

/**
 * Pushes an image that `dockerBuild` built.
 *
 * @throws ImageError `ToolMissing` without a container engine, saying what else can be done
 */
export async function dockerPush(image: string, options: DockerPushOptions): Promise<void> {
  const { signal, print, tool, runProgram = run } = options;
  const archive = join(archiveDirectory, archiveName(image));
  const { engine, passedOver } = await findEngine(tool, signal, runProgram);
  if (engine === undefined) {
    throw new ImageError(
      'ToolMissing',
      [
        `pushing ${image} needs a container engine, and none works here (${passedOver.join('; ')}).`,
        `Start docker or install podman, then make docker-build docker-push IMG=${image};`,
        `or send the archive of make docker-build: skopeo copy docker-archive:${archive} docker://${image}`,
      ].join('\n'),
    );
  }
  print(`pushing ${image} with ${engine}`);
  await runProgram(engine, ['push', image], { signal, show: true });
}

if (import.meta.main) {
  await exitWith(() =>
    untilInterrupted((signal) =>
      dockerPush(imageArgument(process.argv.slice(2), process.env), {
        signal,
        print: console.log,
        tool: process.env.CONTAINER_TOOL,
      }),
    ),
  );
}
