import type { Learnt } from '../versions.ts';

/** What was learnt of each image, for as long as a pod runs it. */
export interface ImageMemory {
  /** A pod runs this image. */
  hold(image: string): void;
  /** It does not any more. With its last pod an image is forgotten. */
  release(image: string): void;
  learn(image: string, learnt: Learnt): void;
  recall(image: string): Learnt | undefined;
}

/** An empty memory. */
export function createImageMemory(): ImageMemory {
  const images = new Map<string, { pods: number; learnt: Learnt | undefined }>();
  return {
    hold(image) {
      const known = images.get(image);
      if (known === undefined) images.set(image, { pods: 1, learnt: undefined });
      else known.pods += 1;
    },
    release(image) {
      const known = images.get(image);
      if (known === undefined) return;
      known.pods -= 1;
      if (known.pods === 0) images.delete(image);
    },
    learn(image, learnt) {
      const known = images.get(image);
      if (known !== undefined) known.learnt = learnt;
    },
    recall: (image) => images.get(image)?.learnt,
  };
}
