import { type ImageArchive, openArchive } from '../archive-reader.ts';
import { ImageError } from '../image-error.ts';
import { parseReference } from '../reference.ts';
import { type RegistryClient, registryClient } from './client.ts';
import { type Credentials, credentialsFor } from './credentials.ts';

/** How an archive is pushed. */
export interface PushOptions {
  /** Told what is sent, a line at a time. Default: nobody. */
  readonly progress?: ((line: string) => void) | undefined;
  /** Ends it. What was sent stays at the registry, unnamed. Default: never. */
  readonly signal?: AbortSignal | undefined;
  /** Where logins are looked up. Default: Docker's and Podman's files. */
  readonly credentials?: (host: string) => Promise<Credentials | undefined>;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Manifest {
  readonly manifests?: readonly Descriptor[];
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
}

/**
 * Sends an image archive to the registry that its name says, without a container engine. What is there already is not
 * sent again, and the name is given last: nobody can pull half an image.
 *
 * @param archivePath as `make docker-build` writes it
 * @param reference the name under which it is pushed, which must be the one that it was built under
 * @returns `sha256:…` of what the name now means
 * @throws ImageError `Registry` with what the registry said, `BadReference` for an archive of another image
 */
export async function pushArchive(archivePath: string, reference: string, options: PushOptions = {}): Promise<string> {
  const { progress = () => undefined, signal, credentials = credentialsFor } = options;
  const { canonical, familiar } = parseReference(reference);
  const archive = await openArchive(archivePath);
  const top = await named(archive, archivePath, canonical, familiar);
  const [host = '', ...rest] = canonical.split('/');
  const [repository = '', tag = ''] = rest.join('/').split(':');
  const client = registryClient({ host, repository, credentials: await credentials(host), signal });
  await pushManifest(client, archive, top, tag, progress);
  return top.digest;
}

async function named(archive: ImageArchive, path: string, canonical: string, familiar: string): Promise<Descriptor> {
  const layout = (await archive.json('index.json')) as Manifest;
  const found = layout.manifests?.find(({ annotations }) => annotations?.['io.containerd.image.name'] === canonical);
  if (found !== undefined) return found;
  const names = layout.manifests?.map(({ annotations }) => annotations?.['io.containerd.image.name'] ?? 'no name');
  throw new ImageError(
    'BadReference',
    `${path} holds ${names?.join(', ') ?? 'nothing'}, not ${canonical}: make docker-build IMG=${familiar}`,
  );
}

/** What a manifest points at comes first: a registry refuses one that it does not know the parts of. */
async function pushManifest(
  client: RegistryClient,
  archive: ImageArchive,
  { digest, mediaType }: Descriptor,
  name: string,
  progress: (line: string) => void,
): Promise<void> {
  const bytes = await archive.bytes(digest);
  const { manifests = [], config, layers = [] }: Manifest = JSON.parse(bytes.toString());
  for (const each of manifests) await pushManifest(client, archive, each, each.digest, progress);
  for (const blob of config === undefined ? layers : [config, ...layers]) {
    const size = archive.sizeOf(blob.digest);
    const what = `${blob.digest.slice(0, 19)} (${(size / 1e6).toFixed(1)} MB)`;
    if (await client.hasBlob(blob.digest)) {
      progress(`  ${what} is there already`);
      continue;
    }
    progress(`  sending ${what}`);
    await client.putBlob(blob.digest, size, () => archive.stream(blob.digest));
  }
  await client.putManifest(name, mediaType, bytes);
}
