import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { once } from './cache.ts';
import { arrange, type Entry } from './entry.ts';
import { tarStream } from './tar.ts';

/** What goes into one layer. */
export interface LayerSource {
  /** Names the layer in progress lines and in the image's history. */
  readonly name: string;
  readonly entries: readonly Entry[];
}

/** A layer as it lies on disk: a gzipped tar, and what a manifest says about it. */
export interface Layer {
  readonly name: string;
  /** The gzipped tar. */
  readonly blobPath: string;
  /** `sha256:…` of the gzipped tar. */
  readonly digest: string;
  /** `sha256:…` of the tar before gzip: what the image config lists under `rootfs.diff_ids`. */
  readonly diffId: string;
  /** Bytes of the gzipped tar. */
  readonly size: number;
}

/** Where and how layers are made. */
export interface LayerOptions {
  /** A layer that was made before from the same input is taken from here. */
  readonly cacheDir: string;
  /** Stops the work. Default: runs to its end. */
  readonly signal?: AbortSignal | undefined;
  /** Told what takes a while. Default: nobody. */
  readonly progress?: ((line: string) => void) | undefined;
}

/** Part of every input hash: raise it when the way in which layers are written changes. */
const recipeVersion = 'layer-1';

/**
 * Writes a layer, or finds the one that was written from the same input.
 *
 * The same entries give the same digest: sorted, dated to the epoch, owned by numbers.
 *
 * @throws ImageError `BadEntry` for entries that make no layer
 */
export async function buildLayer(source: LayerSource, options: LayerOptions): Promise<Layer> {
  const entries = arrange(source.entries);
  const home = join(options.cacheDir, 'layers', await inputHash(entries));
  await once(home, async (passing) => {
    options.progress?.(`writing layer ${source.name} (${entries.length} entries)`);
    await mkdir(passing, { recursive: true });
    const facts = await writeLayer(entries, join(passing, 'layer.tar.gz'), options.signal);
    await writeFile(join(passing, 'layer.json'), JSON.stringify(facts));
  });
  const facts: { digest: string; diffId: string; size: number } = JSON.parse(
    await readFile(join(home, 'layer.json'), 'utf8'),
  );
  return { name: source.name, blobPath: join(home, 'layer.tar.gz'), ...facts };
}

/**
 * A hash of everything that a layer's bytes follow from.
 *
 * @param entries as `arrange` returned them
 * @returns sha256, hexadecimal
 */
export async function inputHash(entries: readonly Entry[]): Promise<string> {
  const hash = createHash('sha256').update(recipeVersion);
  for (const entry of entries) {
    const detail = entry.kind === 'symlink' ? entry.target : entry.kind === 'file' ? await sha256Of(entry.content) : '';
    hash.update(`\n${JSON.stringify([entry.kind, entry.path, entry.mode, entry.uid, entry.gid, detail])}`);
  }
  return hash.digest('hex');
}

/**
 * The sha256 of some bytes or of a host file, which is streamed.
 *
 * @returns hexadecimal, without the `sha256:` prefix
 */
export async function sha256Of(content: Buffer | { readonly hostPath: string }): Promise<string> {
  const hash = createHash('sha256');
  if (Buffer.isBuffer(content)) return hash.update(content).digest('hex');
  // A stream costs more than it saves on the thousands of small files in a node_modules.
  if ((await stat(content.hostPath)).size <= 1 << 20) {
    return hash.update(await readFile(content.hostPath)).digest('hex');
  }
  await pipeline(createReadStream(content.hostPath, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

async function writeLayer(entries: readonly Entry[], path: string, signal: AbortSignal | undefined) {
  const plain = createHash('sha256');
  const zipped = createHash('sha256');
  let size = 0;
  await pipeline(
    tarStream(entries),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        plain.update(chunk);
        yield chunk;
      }
    },
    createGzip(),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        zipped.update(chunk);
        size += chunk.length;
        yield chunk;
      }
    },
    createWriteStream(path),
    signal === undefined ? {} : { signal },
  );
  return { digest: `sha256:${zipped.digest('hex')}`, diffId: `sha256:${plain.digest('hex')}`, size };
}
