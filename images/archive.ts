import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { arrange, type Entry, file } from './entry.ts';
import type { ImageIndex } from './image-index.ts';
import { type Blob, blobPath, dockerManifest, type Image, layoutIndex, layoutIndexOf } from './oci.ts';
import type { Reference } from './reference.ts';
import { tarStream } from './tar.ts';

/**
 * What an image archive holds: an OCI image layout with a `manifest.json` beside it, so that `ctr images import`,
 * `docker load`, `podman load`, `skopeo` and `kind load image-archive` all read the one file.
 */
export function archiveEntries(image: Image, reference: Reference): Entry[] {
  return layoutEntries(layoutIndex(image, reference), dockerManifest(image, reference), blobsOf([image], []));
}

/**
 * As `archiveEntries`, for several machines. Tools that know nothing of an index get one of its images.
 *
 * @param plain that one: for this machine, where it is among them
 */
export function indexArchiveEntries(built: ImageIndex, plain: Image, reference: Reference): Entry[] {
  const { index, images, attestations } = built;
  const more = attestations.flatMap(({ manifest, config, statements }) => [manifest, config, ...statements]);
  const blobs = blobsOf(images, [index, ...more]);
  return layoutEntries(layoutIndexOf(index, reference), dockerManifest(plain, reference), blobs);
}

/** Every blob once: two equal layers are one. */
function blobsOf(images: readonly Image[], more: readonly Blob[]): Iterable<Entry> {
  const blobs = new Map<string, Entry>();
  const documents = [...images.flatMap(({ config, manifest }) => [config, manifest]), ...more];
  for (const { digest, bytes } of documents) blobs.set(digest, file(blobPath(digest), bytes));
  for (const { digest, blobPath: hostPath } of images.flatMap(({ layers }) => layers)) {
    blobs.set(digest, file(blobPath(digest), { hostPath }));
  }
  return blobs.values();
}

function layoutEntries(index: Buffer, docker: Buffer, blobs: Iterable<Entry>): Entry[] {
  return arrange([
    file('oci-layout', '{"imageLayoutVersion":"1.0.0"}'),
    file('index.json', index),
    file('manifest.json', docker),
    ...blobs,
  ]);
}

/**
 * Writes an image archive.
 *
 * @param path the file to write; what is there is replaced
 * @param entries as `archiveEntries` or `indexArchiveEntries` returned them
 * @param signal stops the work, leaving a partial file for the caller to remove
 */
export async function writeArchive(path: string, entries: readonly Entry[], signal?: AbortSignal): Promise<void> {
  const options = signal === undefined ? {} : { signal };
  await pipeline(tarStream(entries), createWriteStream(path), options);
}
