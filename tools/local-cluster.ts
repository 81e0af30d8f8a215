import { loadImage, status } from '../cluster/cluster.ts';

/** What building an image has to do with the local cluster. */
export interface ImageTarget {
  /** True when the local cluster is up and runs pods. */
  runsPods(): Promise<boolean>;
  /** Puts the images of a docker or OCI archive into it. */
  load(archivePath: string): Promise<void>;
}

/** The local cluster of this checkout. */
export const localCluster: ImageTarget = {
  async runsPods() {
    const { record, running } = await status();
    return record?.mode === 'kind' || (record?.mode === 'full' && running.includes('containerd'));
  },
  load: (archivePath) => loadImage(archivePath),
};
