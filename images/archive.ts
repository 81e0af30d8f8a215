import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { arrange, type Entry, file } from './entry.ts';
import { blobPath, dockerManifest, type Image, layoutIndex } from './oci.ts';
import type { Reference } from './reference.ts';
import { tarStream } from './tar.ts';

/**
 * What an image archive holds: an OCI image layout with a `manifest.json` beside it, so that `ctr images import`,
 * `docker load`, `podman load`, `skopeo` and `kind load image-archive` all read the one file.
 */
export function archiveEntries(image: Image, reference: Reference): Entry[] {
  const blobs = new Map<string, Entry>();
  for (const { digest, bytes } of [image.config, image.manifest]) blobs.set(digest, file(blobPath(digest), bytes));
  // Two equal layers are one blob.
  for (const { digest, blobPath: hostPath } of image.layers) blobs.set(digest, file(blobPath(digest), { hostPath }));
  return arrange([
    file('oci-layout', '{"imageLayoutVersion":"1.0.0"}'),
    file('index.json', layoutIndex(image, reference)),
    file('manifest.json', dockerManifest(image, reference)),
    ...blobs.values(),
  ]);
}

/**
 * Writes an image archive.
 *
 * @param path the file to write; what is there is replaced
 * @param signal stops the work, leaving a partial file for the caller to remove
 */
export async function writeArchive(
  path: string,
  image: Image,
  reference: Reference,
  signal?: AbortSignal,
): Promise<void> {
  const options = signal === undefined ? {} : { signal };
  await pipeline(tarStream(archiveEntries(image, reference)), createWriteStream(path), options);
}
