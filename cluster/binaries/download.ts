import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ClusterError } from '../cluster-error.ts';
import { runOrThrow } from '../process/run.ts';
import { duration, withHeartbeat } from '../progress.ts';
import { passingName, putInPlace, removeLeftovers } from './build.ts';
import type { FetchRequest } from './fetch-request.ts';
import { type BinaryName, binaryNames, type Release } from './release.ts';

/** Where releases are published. Tests put a server of their own here. */
export interface Publishers {
  readonly kubernetes: string;
  readonly etcd: string;
}

const official: Publishers = {
  kubernetes: 'https://dl.k8s.io/release',
  etcd: 'https://github.com/etcd-io/etcd/releases/download',
};

/** A machine without the internet must find out in seconds. */
const connectMs = 5_000;
/** No byte for so long is a dead connection. */
const stallMs = 30_000;

/**
 * Downloads the official release and checks it against its published checksums.
 *
 * @returns false when there is no official release for this platform, or no way to its publisher: then it is built
 * @throws ClusterError `BadDownload` when a file does not have its published checksum: that is never passed over
 */
export async function downloadBinaries(
  request: FetchRequest,
  publishers: Publishers = official,
  platform: string = `${process.platform}-${process.arch}`,
): Promise<boolean> {
  const { release, needed, directory, report, signal } = request;
  const architecture = architectures[platform];
  if (architecture === undefined) {
    report(`no official Kubernetes release for ${platform}`);
    return false;
  }
  await mkdir(directory, { recursive: true });
  await removeLeftovers(directory);
  const present = new Set(await readdir(directory));
  const names = binaryNames.filter((name) => needed.includes(name) && !present.has(name));
  const start = performance.now();
  for (const [index, name] of names.entries()) {
    const step = `downloading ${name} (${index + 1} of ${names.length})`;
    const file = fileOf(name, release, architecture, publishers);
    try {
      const sum = checksumIn(await text(file.sums, signal), file.name);
      report(`  ${step}, ${duration(performance.now() - start)} so far`);
      await withHeartbeat(report, step, () => fetchOne(name, file, sum, directory, signal));
    } catch (thrown) {
      if (thrown instanceof ClusterError) throw thrown;
      if (signal?.aborted) throw new ClusterError('Aborted', `stopped while ${step}`, { cause: thrown });
      report(`the official release cannot be downloaded (${reasonOf(thrown)})`);
      return false;
    }
  }
  return true;
}

/** Kubernetes publishes servers for Linux only. */
const architectures: Readonly<Record<string, string>> = { 'linux-x64': 'amd64', 'linux-arm64': 'arm64' };

interface PublishedFile {
  readonly name: string;
  readonly url: string;
  /** The URL of the file with its SHA-256, alone or in a list. */
  readonly sums: string;
  /** The path of the binary in it, when it is an archive. */
  readonly member: string | undefined;
}

function fileOf(name: BinaryName, release: Release, architecture: string, publishers: Publishers): PublishedFile {
  if (name !== 'etcd') {
    const url = `${publishers.kubernetes}/${release.version}/bin/linux/${architecture}/${name}`;
    return { name, url, sums: `${url}.sha256`, member: undefined };
  }
  const folder = `etcd-${release.etcd}-linux-${architecture}`;
  const base = `${publishers.etcd}/${release.etcd}`;
  return {
    name: `${folder}.tar.gz`,
    url: `${base}/${folder}.tar.gz`,
    sums: `${base}/SHA256SUMS`,
    member: `${folder}/etcd`,
  };
}

/**
 * The checksum of a file in what its publisher says: one sum alone, or a list in `sha256sum`'s format.
 *
 * @throws Error when there is none for that file: it is not the publisher who answered, but a proxy's login page, say
 */
export function checksumIn(sums: string, file: string): string {
  for (const line of sums.split('\n')) {
    const [sum = '', name = file] = line.trim().split(/\s+\*?/);
    if (/^[0-9a-f]{64}$/.test(sum) && name === file) return sum;
  }
  throw new Error(`what answers for the publisher has no checksum of ${file}`);
}

async function fetchOne(
  name: BinaryName,
  file: PublishedFile,
  sum: string,
  directory: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const passing = passingName(directory, name);
  const unpacked = `${passing}.d.tmp`;
  try {
    const actual = await save(file.url, passing, signal);
    if (actual !== sum) {
      throw new ClusterError('BadDownload', `${file.url} has the SHA-256 ${actual}, its publisher says ${sum}`, {
        fix: 'run it again; if it stays so, do not use it: something between this machine and the publisher changes it',
      });
    }
    if (file.member === undefined) return await putInPlace(passing, join(directory, name));
    await mkdir(unpacked, { recursive: true });
    await runOrThrow('tar', ['-xzf', passing, '-C', unpacked, file.member]);
    await putInPlace(join(unpacked, file.member), join(directory, name));
  } finally {
    await Promise.all([passing, unpacked].map((path) => rm(path, { force: true, recursive: true })));
  }
}

/** @returns the SHA-256 of what was written, in hex */
async function save(url: string, path: string, signal: AbortSignal | undefined): Promise<string> {
  const stalled = new AbortController();
  const fail = () => stalled.abort(new Error(`nothing came for ${stallMs / 1000} s`));
  let timer = setTimeout(fail, connectMs);
  const hash = createHash('sha256');
  const watch = new Transform({
    transform(chunk, _encoding, done) {
      clearTimeout(timer);
      timer = setTimeout(fail, stallMs);
      hash.update(chunk);
      done(null, chunk);
    },
  });
  try {
    const response = await get(url, signal === undefined ? stalled.signal : AbortSignal.any([stalled.signal, signal]));
    await pipeline(Readable.fromWeb(response), watch, createWriteStream(path));
  } finally {
    clearTimeout(timer);
  }
  return hash.digest('hex');
}

async function text(url: string, signal: AbortSignal | undefined): Promise<string> {
  const late = AbortSignal.timeout(connectMs);
  const body = await get(url, signal === undefined ? late : AbortSignal.any([late, signal]));
  return new Response(body).text();
}

async function get(url: string, signal: AbortSignal) {
  const response = await fetch(url, { signal });
  if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status} from ${url}`);
  return response.body;
}

/** `fetch failed` alone tells nobody anything: the reason is in its cause. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return thrown.cause instanceof Error ? thrown.cause.message : thrown.message;
}
