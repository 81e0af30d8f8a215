import { type Blob, descriptor, type Image, jsonBlob } from './oci.ts';

/** A statement about one image of an index, in the form that BuildKit gave it: a manifest beside the image's. */
export interface Attestation {
  readonly manifest: Blob;
  readonly config: Blob;
  /** in-toto statements, one in each. */
  readonly statements: readonly Blob[];
  /** The image that it is about: the digest of its manifest. */
  readonly about: string;
}

/** Images for several machines under one name, and what is stated about them. */
export interface ImageIndex {
  readonly index: Blob;
  readonly images: readonly Image[];
  readonly attestations: readonly Attestation[];
}

const manifestType = 'application/vnd.oci.image.manifest.v1+json';

/** What is stated. */
export interface Statement {
  /** A URI, e.g. `https://spdx.dev/Document`. */
  readonly predicateType: string;
  readonly predicate: object;
}

/**
 * An attestation of an image (https://github.com/moby/buildkit, docs/attestations/attestation-storage.md): what
 * `docker buildx imagetools inspect --format '{{ json .SBOM }}'`, Docker Scout and Trivy look for.
 *
 * @param name of the image, for the statement's subject
 */
export function attest(image: Image, name: string, statements: readonly Statement[]): Attestation {
  const [, sha256 = ''] = image.manifest.digest.split(':');
  const blobs = statements.map(({ predicateType, predicate }) =>
    jsonBlob('application/vnd.in-toto+json', {
      _type: 'https://in-toto.io/Statement/v0.1',
      subject: [{ name, digest: { sha256 } }],
      predicateType,
      predicate,
    }),
  );
  const config = jsonBlob('application/vnd.oci.image.config.v1+json', {
    architecture: 'unknown',
    os: 'unknown',
    config: {},
    rootfs: { type: 'layers', diff_ids: blobs.map(({ digest }) => digest) },
  });
  const manifest = jsonBlob(manifestType, {
    schemaVersion: 2,
    mediaType: manifestType,
    config: descriptor(config),
    layers: blobs.map((blob, index) => ({
      ...descriptor(blob),
      annotations: { 'in-toto.io/predicate-type': statements[index]?.predicateType },
    })),
  });
  return { manifest, config, statements: blobs, about: image.manifest.digest };
}

/**
 * One name for the same image on several machines (image-spec 1.1, image-index.md): a runtime takes what fits it.
 *
 * @param annotations of the whole
 */
export function assembleIndex(
  images: readonly Image[],
  attestations: readonly Attestation[],
  annotations: Readonly<Record<string, string>>,
): ImageIndex {
  const index = jsonBlob('application/vnd.oci.image.index.v1+json', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [
      ...images.map(({ manifest, architecture }) => ({
        ...descriptor(manifest),
        platform: { architecture, os: 'linux' },
      })),
      // A platform that no machine has: old runtimes pass it over.
      ...attestations.map(({ manifest, about }) => ({
        ...descriptor(manifest),
        platform: { architecture: 'unknown', os: 'unknown' },
        annotations: {
          'vnd.docker.reference.digest': about,
          'vnd.docker.reference.type': 'attestation-manifest',
        },
      })),
    ],
    annotations,
  });
  return { index, images, attestations };
}
