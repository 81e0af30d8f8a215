import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadImage } from '../../../cluster/cluster.ts';
import { archiveEntries, writeArchive } from '../../../images/archive.ts';
import { defaultCacheDir } from '../../../images/cache.ts';
import { buildLayer } from '../../../images/layer.ts';
import { assemble } from '../../../images/oci.ts';
import { pauseImage } from '../../../images/pause.ts';
import { parseReference } from '../../../images/reference.ts';

/** An image that runs as root, as many published ones do. It does nothing and listens on nothing. */
export const rootImage = 'smooth-operator/e2e-root:dev';

/** Builds it and puts it into the local cluster. Our own images are all non-root, so it is the pause image as root. */
export async function buildRootImage(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'smooth-root-image-'));
  try {
    const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
    const context = {
      architecture,
      cacheDir: defaultCacheDir(),
      progress: () => undefined,
      signal: undefined,
    } as const;
    const { layers, run } = await pauseImage(context);
    const built = await Promise.all(layers.map((layer) => buildLayer(layer, context)));
    const archive = join(directory, 'image.tar');
    const image = assemble(built, { ...run, user: '0' }, architecture);
    await writeArchive(archive, archiveEntries(image, parseReference(rootImage)));
    await loadImage(archive);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
