import { operatorImage } from './operator.ts';
import { pauseImage } from './pause.ts';
import type { Recipe } from './recipe.ts';
import { sampleServerImage } from './sample-server-image.ts';
import { serverEverythingImage } from './server-everything-image.ts';

/** One image that is made here. */
export interface CatalogEntry {
  /** What it is, in half a line. */
  readonly summary: string;
  readonly recipe: Recipe;
}

/** Every image that is made here, by name, in the order in which `list` prints them. */
export const catalog = {
  pause: { summary: "holds a pod's namespaces open", recipe: pauseImage },
  operator: { summary: 'the operator itself', recipe: operatorImage },
  'sample-server': { summary: 'a small MCP server of our own, with /health', recipe: sampleServerImage },
  'server-everything': {
    summary: "the MCP project's reference server, without /health",
    recipe: serverEverythingImage,
  },
} as const satisfies Record<string, CatalogEntry>;

/** The name of an image that is made here. */
export type ImageName = keyof typeof catalog;

/** True for a name that `buildImage` takes. */
export function isImageName(name: string): name is ImageName {
  return Object.hasOwn(catalog, name);
}

/** The names of all images that are made here. */
export const imageNames: readonly ImageName[] = Object.keys(catalog).filter(isImageName);
