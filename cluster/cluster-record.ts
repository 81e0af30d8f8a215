import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Binaries } from './binaries/resolve.ts';
import { ClusterError } from './cluster-error.ts';
import type { ControlPlaneSettings } from './control-plane/settings.ts';
import { errnoOf } from './errno.ts';

/**
 * What kind of cluster there is: `full` runs pods on this machine, `control-plane` runs none, `kind` leaves both to kind.
 */
export type Mode = 'full' | 'kind' | 'control-plane';

/** What a checkout's cluster is, written down when it is started. */
export interface ClusterRecord {
  readonly mode: Mode;
  /** Kubernetes' version. */
  readonly version: string;
  /** Its ports, so that a second start serves on the same. Absent for kind. */
  readonly ports?: ControlPlaneSettings['ports'] | undefined;
}

/**
 * Reads what a checkout's cluster is.
 *
 * @returns undefined when there is none
 */
export async function readRecord(file: string): Promise<ClusterRecord | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as ClusterRecord;
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return undefined;
    if (!(thrown instanceof SyntaxError)) throw thrown;
    throw new ClusterError('Unexpected', `${file} is not readable: ${thrown.message}`, {
      fix: 'run `npm run cluster-down`, which removes it, and start again',
      cause: thrown,
    });
  }
}

/** Writes it, in one step. */
export async function writeRecord(file: string, record: ClusterRecord): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, `${JSON.stringify(record, undefined, 2)}\n`);
  await rename(`${file}.new`, file);
}

/**
 * Refuses to go on with another version than the one that the data was written with.
 *
 * @throws ClusterError `OtherVersion`
 */
export function refuseOtherVersion(record: ClusterRecord | undefined, binaries: Pick<Binaries, 'release'>): void {
  const { version } = binaries.release;
  if (record === undefined || record.version === version) return;
  throw new ClusterError(
    'OtherVersion',
    `the cluster that is there is Kubernetes ${record.version}, asked for is ${version}`,
    {
      fix: 'end it first, its data too: npm run cluster-down',
    },
  );
}
