import type { LayerOptions, LayerSource } from './layer.ts';
import type { Architecture, RunConfig } from './oci.ts';

/** What a recipe may use while it makes an image's content. */
export interface RecipeContext extends LayerOptions {
  /** The machine that the image is for. */
  readonly architecture: Architecture;
  readonly progress: (line: string) => void;
}

/** An image before it is built: what lies in it, and how it starts. */
export interface ImageContent {
  /** Lowest first. */
  readonly layers: readonly LayerSource[];
  readonly run: RunConfig;
}

/** Makes an image's content, compiling or installing what it needs below `context.cacheDir`. */
export type Recipe = (context: RecipeContext) => Promise<ImageContent>;
