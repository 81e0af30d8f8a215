import { createHash } from 'node:crypto';
import { copyFile, mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { archiveEntries, writeArchive } from './archive.ts';
import { defaultCacheDir, once, prune } from './cache.ts';
import { catalog, type ImageName } from './catalog.ts';
import { hostArchitecture } from './host-architecture.ts';
import { ImageError } from './image-error.ts';
import { buildLayer, type Layer } from './layer.ts';
import { assemble } from './oci.ts';
import type { Recipe, RecipeContext } from './recipe.ts';
import { parseReference } from './reference.ts';
import { unpackLayers } from './unpack.ts';

/** How an image is built. */
export interface BuildOptions {
  /** What the image is called. Default `smooth-operator/<name>:dev`. */
  readonly ref?: string | undefined;
  /** Where layers and archives are kept. Default: see `defaultCacheDir`. */
  readonly cacheDir?: string | undefined;
  /** Told what takes a while, a line at a time. Default: nobody. */
  readonly progress?: ((line: string) => void) | undefined;
  /** Stops the work and removes what is half done. Default: runs to its end. */
  readonly signal?: AbortSignal | undefined;
  /** Puts a copy of the archive here. Default: it lies in the cache only. */
  readonly out?: string | undefined;
}

/** A built image. */
export interface BuiltImage<Name extends string = ImageName> {
  readonly name: Name;
  /** What `image:` in a pod says: `smooth-operator/pause:dev`. */
  readonly ref: string;
  /** What containerd lists it as: `ref`, fully qualified. */
  readonly canonicalRef: string;
  /** An OCI layout in a tar, which `ctr images import` and `docker load` read. */
  readonly archivePath: string;
  /** `sha256:…` of the manifest. The same input gives the same digest. */
  readonly digest: string;
  /** Bytes of the archive. */
  readonly size: number;
  /** True when nothing had to be written. */
  readonly cached: boolean;
}

/** Enough to go back and forth between branches; an archive with Node in it is about 60 MB. */
const keptArchives = 2;
const keptLayers = 32;

/**
 * Builds an image, without a container engine or a registry, for this machine's architecture.
 *
 * @param name which one
 * @throws ImageError with the code that says why
 */
export async function buildImage(name: ImageName, options: BuildOptions = {}): Promise<BuiltImage> {
  return buildRecipe(name, catalog[name].recipe, options);
}

/**
 * As `buildImage`, for an image that is not in the catalog: one for tests alone.
 *
 * @param name part of its reference and of its archive's name: lower-case letters, digits and `-`
 */
export async function buildRecipe<Name extends string>(
  name: Name,
  recipe: Recipe,
  options: BuildOptions = {},
): Promise<BuiltImage<Name>> {
  try {
    return await build(name, recipe, options);
  } catch (thrown) {
    throw ImageError.from(thrown);
  }
}

/**
 * Writes an image's files into a directory instead of an archive: what the Dockerfile copies.
 *
 * @param dir absent or empty
 * @throws ImageError with the code that says why
 */
export async function unpackImage(name: ImageName, dir: string, options: BuildOptions = {}): Promise<void> {
  try {
    const { layers } = await catalog[name].recipe(recipeContext(options));
    await unpackLayers(layers, dir);
  } catch (thrown) {
    throw ImageError.from(thrown);
  }
}

async function build<Name extends string>(
  name: Name,
  recipe: Recipe,
  options: BuildOptions,
): Promise<BuiltImage<Name>> {
  const reference = parseReference(options.ref ?? `smooth-operator/${name}:dev`);
  const context = recipeContext(options);
  const content = await recipe(context);
  const layers: Layer[] = [];
  for (const source of content.layers) layers.push(await buildLayer(source, context));
  const image = assemble(layers, content.run, context.architecture);

  const archives = join(context.cacheDir, 'archives');
  const key = createHash('sha256').update(`archive-1 ${image.manifest.digest} ${reference.canonical}`).digest('hex');
  const archivePath = join(archives, `${name}-${key.slice(0, 16)}.tar`);
  const cached = await once(archivePath, async (passing) => {
    context.progress(`writing ${reference.familiar}`);
    await writeArchive(passing, archiveEntries(image, reference), context.signal);
  });
  await prune(archives, { keep: keptArchives, belongs: (file) => nameOfArchive(file) === name });
  await prune(join(context.cacheDir, 'layers'), { keep: keptLayers });

  return {
    name,
    ref: reference.familiar,
    canonicalRef: reference.canonical,
    archivePath: options.out === undefined ? archivePath : await copyTo(archivePath, options.out),
    digest: image.manifest.digest,
    size: (await stat(archivePath)).size,
    cached,
  };
}

/** The image that an archive in the cache is of: one image's name may begin with another's. */
function nameOfArchive(file: string): string | undefined {
  return /^(.+)-[0-9a-f]{16}\.tar$/.exec(file)?.[1];
}

/** Copies by way of a passing name, so that a reader of `out` never sees half an archive. */
export async function copyTo(archivePath: string, out: string): Promise<string> {
  const target = resolve(out);
  const passing = join(dirname(target), `.${basename(target)}.${process.pid}.part`);
  await mkdir(dirname(target), { recursive: true });
  try {
    await copyFile(archivePath, passing);
    await rename(passing, target);
  } catch (thrown) {
    await rm(passing, { force: true });
    throw thrown;
  }
  return target;
}

function recipeContext(options: BuildOptions): RecipeContext {
  return {
    architecture: hostArchitecture(),
    cacheDir: options.cacheDir ?? defaultCacheDir(),
    progress: options.progress ?? (() => undefined),
    signal: options.signal,
  };
}
