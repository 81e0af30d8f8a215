import type { LayerOptions, LayerSource } from './layer.ts';
import type { Architecture, RunConfig } from './oci.ts';

/** What a recipe may use while it makes an image's content. */
export interface RecipeContext extends LayerOptions {
  /** The machine that the image is for. */
  readonly architecture: Architecture;
  readonly progress: (line: string) => void;
  /**
   * Where shared libraries come from. `host`: this machine's, which is quick and needs no network; two machines may
   * give two digests, and only its own architecture can be had. `debian`: pinned packages, for what is shipped.
   * Default `host`.
   */
  readonly libraries?: 'host' | 'debian';
}

/** An image before it is built: what lies in it, and how it starts. */
export interface ImageContent {
  /** Lowest first. */
  readonly layers: readonly LayerSource[];
  readonly run: RunConfig;
  /** What an SBOM lists: filled by the images that are shipped. Default: nothing is known. */
  readonly parts?: readonly ImagePart[];
}

/** One piece of software in an image. */
export interface ImagePart {
  readonly name: string;
  readonly version: string;
  /** A package URL (https://github.com/package-url/purl-spec), by which scanners look it up. */
  readonly purl: string;
  /** An SPDX licence expression; undefined when its package says none. */
  readonly license?: string | undefined;
  /** Of the package as it was downloaded, in hexadecimal. */
  readonly checksum?: { readonly algorithm: 'SHA256' | 'SHA512'; readonly value: string } | undefined;
  /** The part that it lies in, by purl. Default: the image itself. */
  readonly within?: string | undefined;
}

/** Makes an image's content, compiling or installing what it needs below `context.cacheDir`. */
export type Recipe = (context: RecipeContext) => Promise<ImageContent>;
