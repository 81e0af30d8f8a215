import { Command, CommanderError } from 'commander';
import { type BuildOptions, buildImage, unpackImage } from './build.ts';
import { catalog, type ImageName, imageNames, isImageName } from './catalog.ts';
import { ImageError } from './image-error.ts';
import { untilInterrupted } from './interrupt.ts';

interface BuildFlags {
  readonly out?: string;
  readonly ref?: string;
  readonly cacheDir?: string;
}

/**
 * The command line of the image builder.
 *
 * @param signal ends a build
 * @param print takes results, a line at a time
 * @param progress takes what is being done, a line at a time
 */
export function imagesCommand(
  signal: AbortSignal,
  print: (line: string) => void,
  progress: (line: string) => void,
): Command {
  const program = new Command('images')
    .description('Builds container images without a container engine or a registry. Needs Linux with glibc.')
    .exitOverride();
  const options = (flags: BuildFlags): BuildOptions => ({ ...flags, signal, progress });

  program
    .command('build')
    .description('build images and print the archive of each, for `ctr images import` or `docker load`')
    .argument('<names...>', `what to build: ${imageNames.join(', ')}`)
    .option('--out <file>', 'put a copy of the archive here (one name only)')
    .option('--ref <reference>', 'what the image is called (one name only); default smooth-operator/<name>:dev')
    .option('--cache-dir <dir>', 'where layers and archives are kept; default ~/.cache/smooth-operator/images')
    .action(async (names: string[], flags: BuildFlags, command: Command) => {
      if (names.length > 1 && (flags.out ?? flags.ref) !== undefined) {
        command.error('error: --out and --ref are for one image: build them one by one', { exitCode: 2 });
      }
      for (const name of names.map(checkName)) {
        const built = await buildImage(name, options(flags));
        print(`${built.ref}  ${(built.size / 1e6).toFixed(1)} MB  ${built.digest}\n  ${built.archivePath}`);
      }
    });

  program
    .command('rootfs')
    .description("write an image's files into a directory, as the Dockerfile does")
    .argument('<name>', 'which image')
    .argument('<dir>', 'absent or empty')
    .option('--cache-dir <dir>', 'where layers and archives are kept; default ~/.cache/smooth-operator/images')
    .action((name: string, dir: string, flags: BuildFlags) => unpackImage(checkName(name), dir, options(flags)));

  program
    .command('list')
    .description('print what can be built')
    .action(() => {
      for (const name of imageNames) print(`${name.padEnd(18)} smooth-operator/${name}:dev  ${catalog[name].summary}`);
    });
  return program;
}

function checkName(name: string): ImageName {
  if (isImageName(name)) return name;
  throw new ImageError('UnknownImage', `no image ${JSON.stringify(name)} is made here: use ${imageNames.join(', ')}`);
}

/**
 * The exit code that an outcome means: 2 for a wrong command line, 130 for Ctrl-C as shells have it, 1 for the rest.
 *
 * @param report takes the message; commander has printed its own already
 */
export function exitCodeOf(thrown: unknown, report: (line: string) => void): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
  const error = ImageError.from(thrown);
  if (error.code === 'Aborted') return 130;
  report(`error: ${error.message}`);
  return error.code === 'UnknownImage' || error.code === 'BadReference' ? 2 : 1;
}

if (import.meta.main) {
  const progress = (line: string) => console.error(line);
  try {
    await untilInterrupted((signal) => imagesCommand(signal, console.log, progress).parseAsync());
  } catch (thrown) {
    process.exitCode = exitCodeOf(thrown, progress);
  }
}
