import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { indexArchiveEntries, writeArchive } from './archive.ts';
import { copyTo } from './build.ts';
import { defaultCacheDir, once, prune } from './cache.ts';
import { hostArchitecture } from './host-architecture.ts';
import { ImageError } from './image-error.ts';
import { type Attestation, assembleIndex, attest } from './image-index.ts';
import { buildLayer, type Layer } from './layer.ts';
import { type Architecture, assemble, type Image } from './oci.ts';
import { operatorImage, operatorName, projectVersion } from './operator.ts';
import type { RecipeContext } from './recipe.ts';
import { parseReference } from './reference.ts';
import { spdxDocument, spdxPredicate } from './sbom.ts';

/** How the operator's image is built for others to run. */
export interface ShipOptions {
  /** What it is called. */
  readonly ref: string;
  /** For which machines. Default: this one's. */
  readonly architectures?: readonly Architecture[] | undefined;
  /** Where its sources are, a URL: `org.opencontainers.image.source`. Default: not said. */
  readonly source?: string | undefined;
  /** The commit that it is built from: `org.opencontainers.image.revision`. Default: not said. */
  readonly revision?: string | undefined;
  /** The file that the archive is written to; what is there is replaced. */
  readonly out: string;
  /** Default: see `defaultCacheDir`. */
  readonly cacheDir?: string | undefined;
  /** Told what takes a while. Default: nobody. */
  readonly progress?: ((line: string) => void) | undefined;
  /** Stops the work. Default: runs to its end. */
  readonly signal?: AbortSignal | undefined;
}

/** One machine's image in what was shipped. */
export interface ShippedImage {
  readonly architecture: Architecture;
  /** `sha256:…` of its manifest. */
  readonly digest: string;
  /** Bytes to be pulled: config and compressed layers. */
  readonly size: number;
  /** An SPDX document of what is in it. */
  readonly sbom: object;
}

/** What was shipped. */
export interface Shipped {
  /** What `image:` in a pod says. */
  readonly ref: string;
  /** `sha256:…` of the index: what a deployment pins. */
  readonly digest: string;
  readonly images: readonly ShippedImage[];
  readonly archivePath: string;
}

const license = 'Apache-2.0';
const description =
  'A Kubernetes operator that runs Model Context Protocol (MCP) servers, and tells the truth about them';

/**
 * Builds the operator's image for others to run: for any machine, the same bytes wherever it is built, with annotations
 * and with an SBOM for each machine.
 *
 * @throws ImageError `Download` when a pinned file cannot be had, or with the code that says why
 */
export async function shipOperator(options: ShipOptions): Promise<Shipped> {
  try {
    return await ship(options);
  } catch (thrown) {
    throw ImageError.from(thrown);
  }
}

async function ship(options: ShipOptions): Promise<Shipped> {
  const reference = parseReference(options.ref);
  const { signal, progress = () => undefined, cacheDir = defaultCacheDir() } = options;
  const version = await projectVersion();
  const annotations = annotationsOf(version, options);
  const built: { image: Image; sbom: object; attestation: Attestation }[] = [];
  for (const architecture of options.architectures ?? [hostArchitecture()]) {
    const context: RecipeContext = { architecture, cacheDir, progress, signal, libraries: 'debian' };
    const { layers: sources, run, parts = [] } = await operatorImage(context);
    const layers: Layer[] = [];
    for (const source of sources) layers.push(await buildLayer(source, context));
    const image = assemble(layers, run, architecture, annotations);
    const sbom = spdxDocument({ name: operatorName, version, digest: image.manifest.digest, license }, parts);
    const attestation = attest(image, operatorName, [{ predicateType: spdxPredicate, predicate: sbom }]);
    built.push({ image, sbom, attestation });
  }
  const images = built.map(({ image }) => image);
  const index = assembleIndex(
    images,
    built.map(({ attestation }) => attestation),
    annotations,
  );
  const plain = images.find(({ architecture }) => architecture === hostArchitecture()) ?? images[0];
  if (plain === undefined) throw new ImageError('BadEntry', 'no machine is named to build for: amd64, arm64 or both');

  const archives = join(cacheDir, 'archives');
  const key = createHash('sha256').update(`index-1 ${index.index.digest} ${reference.canonical}`).digest('hex');
  const cached = join(archives, `shipped-${operatorName}-${key.slice(0, 16)}.tar`);
  await once(cached, async (passing) => {
    progress(`writing ${reference.familiar}`);
    await writeArchive(passing, indexArchiveEntries(index, plain, reference), signal);
  });
  await prune(archives, { keep: 2, belongs: (file) => file.startsWith(`shipped-${operatorName}-`) });
  return {
    ref: reference.familiar,
    digest: index.index.digest,
    images: built.map(({ image, sbom }) => ({
      architecture: image.architecture,
      digest: image.manifest.digest,
      size: image.config.bytes.length + image.layers.reduce((sum, layer) => sum + layer.size, 0),
      sbom,
    })),
    archivePath: await copyTo(cached, options.out),
  };
}

/** What a registry's page and `docker inspect` show (image-spec 1.1, annotations.md). */
function annotationsOf(version: string, { source, revision }: ShipOptions): Readonly<Record<string, string>> {
  const key = (name: string) => `org.opencontainers.image.${name}`;
  return {
    [key('title')]: operatorName,
    [key('description')]: description,
    [key('licenses')]: license,
    [key('version')]: version,
    ...(source && { [key('source')]: source }),
    ...(revision && { [key('revision')]: revision }),
  };
}
