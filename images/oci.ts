import { createHash } from 'node:crypto';
import type { Layer } from './layer.ts';
import type { Reference } from './reference.ts';

/** GOARCH's names, which OCI uses. */
export type Architecture = 'amd64' | 'arm64';

/** How a container starts from an image. Paths are absolute, inside the image. */
export interface RunConfig {
  /** The program and its fixed arguments. No shell is involved. */
  readonly entrypoint: readonly string[];
  /** Arguments that `args` in a pod replaces. Default: none. */
  readonly cmd?: readonly string[];
  /** Default: none, so not even PATH is set. */
  readonly env?: Readonly<Record<string, string>>;
  /** `uid:gid`, in numbers: the kubelet can only verify `runAsNonRoot` for a number. */
  readonly user: string;
  /** Default `/`. */
  readonly workingDir?: string;
  /** TCP ports. Documentation only. Default: none. */
  readonly exposedPorts?: readonly number[];
  /** What asks the process to end. Default: SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
  /** Default: none. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** A JSON document of an image and the digest that others point at it with. */
export interface Blob {
  readonly mediaType: string;
  readonly bytes: Buffer;
  /** `sha256:…` */
  readonly digest: string;
}

/** An image, put together but not yet written. */
export interface Image {
  readonly config: Blob;
  readonly manifest: Blob;
  readonly layers: readonly Layer[];
  readonly architecture: Architecture;
}

/** A fixed date, for the same reason as the layers' (see tar.ts). */
const created = '1970-01-01T00:00:00Z';
const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip';

/**
 * Puts layers and a run configuration together as an OCI image (image-spec 1.1, config.md and manifest.md).
 *
 * @param layers lowest first
 * @param run how a container starts
 * @param architecture what the binaries in the layers are for; the system is Linux
 * @param annotations of the manifest (image-spec, annotations.md). Default: none
 */
export function assemble(
  layers: readonly Layer[],
  run: RunConfig,
  architecture: Architecture,
  annotations?: Readonly<Record<string, string>>,
): Image {
  const config = jsonBlob('application/vnd.oci.image.config.v1+json', {
    created,
    architecture,
    os: 'linux',
    config: {
      User: run.user,
      ...(run.exposedPorts && {
        ExposedPorts: Object.fromEntries(run.exposedPorts.map((port) => [`${port}/tcp`, {}])),
      }),
      ...(run.env && { Env: Object.entries(run.env).map(([name, value]) => `${name}=${value}`) }),
      Entrypoint: run.entrypoint,
      ...(run.cmd && { Cmd: run.cmd }),
      WorkingDir: run.workingDir ?? '/',
      ...(run.stopSignal && { StopSignal: run.stopSignal }),
      ...(run.labels && { Labels: run.labels }),
    },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
    history: layers.map((layer) => ({ created, created_by: `smooth-operator: ${layer.name}` })),
  });
  const manifest = jsonBlob('application/vnd.oci.image.manifest.v1+json', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: descriptor(config),
    layers: layers.map(({ digest, size }) => ({ mediaType: layerType, digest, size })),
    ...(annotations && { annotations }),
  });
  return { config, manifest, layers, architecture };
}

/**
 * The `index.json` of an image layout: which image it holds, and under which name it is to be stored.
 *
 * `io.containerd.image.name` is what containerd's importer names the image by; `org.opencontainers.image.ref.name`
 * is the OCI spec's own, where tools expect the tag alone.
 */
export function layoutIndex(image: Image, reference: Reference): Buffer {
  return layoutOf(
    { ...descriptor(image.manifest), platform: { architecture: image.architecture, os: 'linux' } },
    reference,
  );
}

/** As `layoutIndex`, for an index of images: the layout names the index, and that names the images. */
export function layoutIndexOf(index: Blob, reference: Reference): Buffer {
  return layoutOf(descriptor(index), reference);
}

function layoutOf(entry: object, reference: Reference): Buffer {
  const tag = reference.canonical.slice(reference.canonical.lastIndexOf(':') + 1);
  const annotations = { 'io.containerd.image.name': reference.canonical, 'org.opencontainers.image.ref.name': tag };
  return json({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [{ ...entry, annotations }],
  });
}

/** The `manifest.json` that `docker load` reads: the same blobs, named by path. */
export function dockerManifest(image: Image, reference: Reference): Buffer {
  return json([
    {
      Config: blobPath(image.config.digest),
      RepoTags: [reference.familiar],
      Layers: image.layers.map((layer) => blobPath(layer.digest)),
    },
  ]);
}

/** Where an image layout keeps a blob: `blobs/sha256/…` (image-spec, image-layout.md). */
export function blobPath(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}

/** A JSON document as a blob. */
export function jsonBlob(mediaType: string, document: object): Blob {
  const bytes = json(document);
  return { mediaType, bytes, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` };
}

/** How another document points at a blob (image-spec, descriptor.md). */
export function descriptor({ mediaType, digest, bytes }: Blob) {
  return { mediaType, digest, size: bytes.length };
}

function json(document: object): Buffer {
  return Buffer.from(JSON.stringify(document));
}
