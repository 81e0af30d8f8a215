import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';

const execute = promisify(execFile);

/** The parts of an OCI image config that tests look at. */
export interface ImageConfig {
  readonly architecture: string;
  readonly os: string;
  readonly created: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly rootfs: { readonly type: string; readonly diff_ids: readonly string[] };
}

/** One entry of an archive or a layer, as the system's `tar` lists it. */
export interface Listed {
  /** `-rwxr-xr-x`, `drwxr-xr-x` … */
  readonly permissions: string;
  /** `0/0` */
  readonly owner: string;
  readonly path: string;
  /** Of a symbolic link. */
  readonly target: string | undefined;
}

/** An image archive, read by the system's `tar` and not by the code under test. */
export interface ReadArchive {
  readonly paths: readonly string[];
  /** The JSON in one of its files. */
  json<T>(path: string): Promise<T>;
  /** The bytes of one of its files. */
  bytes(path: string): Promise<Buffer>;
  /** The image's config, found by way of index and manifest. */
  config(): Promise<ImageConfig>;
  /** What is in a layer; 0 is the lowest. */
  layer(index: number): Promise<readonly Listed[]>;
}

/** Reads an OCI image archive. */
export async function readArchive(archivePath: string): Promise<ReadArchive> {
  const bytes = async (path: string) =>
    (await execute('tar', ['-xOf', archivePath, path], { encoding: 'buffer', maxBuffer: 1 << 30 })).stdout;
  const json = async <T>(path: string): Promise<T> => JSON.parse((await bytes(path)).toString());
  const blob = (digest: string) => `blobs/${digest.replace(':', '/')}`;
  const manifest = async () => {
    const index = await json<{ manifests: { digest: string }[] }>('index.json');
    const first = index.manifests[0];
    if (first === undefined) throw new Error('the index has no manifest');
    return json<{ config: { digest: string }; layers: { digest: string }[] }>(blob(first.digest));
  };
  return {
    paths: (await execute('tar', ['-tf', archivePath])).stdout.trimEnd().split('\n'),
    json,
    bytes,
    config: async () => json(blob((await manifest()).config.digest)),
    async layer(index) {
      const digest = (await manifest()).layers[index]?.digest;
      if (digest === undefined) throw new Error(`the image has no layer ${index}`);
      return listTar(gunzipSync(await bytes(blob(digest))));
    },
  };
}

/** Lists a tar with the system's `tar`. */
export async function listTar(tar: Buffer): Promise<readonly Listed[]> {
  const running = execute('tar', ['-tv', '--numeric-owner', '--quoting-style=literal'], { maxBuffer: 1 << 26 });
  running.child.stdin?.end(tar);
  const { stdout } = await running;
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const [, permissions = '', owner = '', rest = ''] = /^(\S+) (\S+) +\d+ \S+ \S+ (.*)$/.exec(line) ?? [];
    const [path = '', target] = permissions.startsWith('l') ? rest.split(' -> ') : [rest];
    return { permissions, owner, path, target };
  });
}
