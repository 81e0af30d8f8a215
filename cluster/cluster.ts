import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { findProgram, searchPath } from './binaries/find.ts';
import { withLock } from './binaries/lock.ts';
import { resolveBinaries } from './binaries/resolve.ts';
import { ClusterError } from './cluster-error.ts';
import { type ClusterRecord, type Mode, readRecord } from './cluster-record.ts';
import { downFull, type UpOptions, upFull } from './full-cluster.ts';
import { downKind, loadIntoKind, upKind } from './kind-cluster.ts';
import { type Layout, layoutOf } from './layout.ts';
import { chooseMode } from './mode.ts';
import { importImages } from './node/containerd.ts';
import { readOwner, runningComponents } from './node/owner.ts';
import { downControlPlane, upControlPlane } from './plain-cluster.ts';
import { type Report, silent } from './progress.ts';

/** How the local cluster is started and ended. */
export interface ClusterOptions {
  /** Where its files are. Default: in this checkout. */
  readonly layout?: Layout;
  /** Told how it goes. Default: nobody. */
  readonly report?: Report;
  /** Stops a start, and ends what it has started. Default: never. */
  readonly signal?: AbortSignal | undefined;
  /** What kind of cluster. Default: the best that this machine can have. */
  readonly mode?: Mode | undefined;
}

/** The local cluster, up. */
export interface LocalCluster {
  readonly mode: Mode;
  /** The administrator's kubeconfig, a path. */
  readonly kubeconfig: string;
  /** False where pods are not started. */
  readonly runsPods: boolean;
}

/**
 * Starts the local cluster, or what is missing of it. A cluster that is up stays as it is, whatever kind it is.
 *
 * @throws ClusterError; its `format()` is what a person should see
 */
export async function up(options: ClusterOptions = {}): Promise<LocalCluster> {
  const { layout = layoutOf(), report = silent, signal } = options;
  return locked(layout, { report, signal }, async () => {
    const record = await readRecord(layout.record);
    const wasUp = record !== undefined && (record.mode === 'kind' || (await runningComponents(layout)).length > 0);
    if (wasUp && options.mode !== undefined && options.mode !== record.mode) throw otherMode(record.mode, options.mode);
    const { mode, why } = wasUp ? { mode: record.mode, why: undefined } : await chosen(options.mode);
    if (why !== undefined) report(why);
    try {
      await starters[mode]({ layout, report, signal });
    } catch (thrown) {
      const error = ClusterError.from(thrown);
      // Half a cluster that nobody asked to keep. After a failure it stays, to be looked at, and to go on from.
      if (error.code === 'Aborted' && !wasUp) {
        report('stopped: ending what was started');
        await enders[mode]({ layout, report });
      }
      throw error;
    }
    return { mode, kubeconfig: layout.kubeconfig, runsPods: mode !== 'control-plane' };
  });
}

/** Ends the local cluster and removes every trace of it. Does nothing when there is none. */
export async function down(options: Omit<ClusterOptions, 'mode'> = {}): Promise<void> {
  const { layout = layoutOf(), report = silent, signal } = options;
  await locked(layout, { report, signal }, async () => {
    const owner = await readOwner(layout);
    const record = await readRecord(layout.record).catch((thrown: unknown) => {
      // An unreadable record is one of the things that this removes.
      if (thrown instanceof ClusterError) return undefined;
      throw thrown;
    });
    if (record === undefined && owner?.checkout !== layout.checkout && !existsSync(layout.run)) {
      report('no cluster of this checkout is there');
      return;
    }
    if (record?.mode === 'kind') await enders.kind({ layout, report });
    await enders.full({ layout, report });
    await enders['control-plane']({ layout, report });
    report('the cluster is gone: processes, mounts, interfaces, rules and data');
  });
}

/** What is there. */
export interface Status {
  /** Undefined when there is no cluster. */
  readonly record: ClusterRecord | undefined;
  /** The components that run. */
  readonly running: readonly string[];
}

/** What of this checkout's cluster runs. */
export async function status(layout: Layout = layoutOf()): Promise<Status> {
  const [record, running] = await Promise.all([readRecord(layout.record), runningComponents(layout)]);
  return { record, running };
}

/**
 * Puts the images of a docker or OCI archive into the local cluster.
 *
 * @param archive a path
 * @throws ClusterError `NotRunning` when no cluster is up, or it runs no pods
 */
export async function loadImage(archive: string, layout: Layout = layoutOf()): Promise<void> {
  const { record, running } = await status(layout);
  if (record?.mode === 'kind') return loadIntoKind(archive);
  if (record?.mode !== 'full' || !running.includes('containerd')) throw notRunning('no cluster that runs pods is up');
  const path = resolve(archive);
  if (!existsSync(path)) throw new ClusterError('Unexpected', `there is no file ${path}`);
  const ctr = await findProgram('ctr', searchPath(process.env));
  if (ctr === undefined) throw new ClusterError('ToolMissing', 'ctr is not installed', { fix: 'install containerd' });
  await importImages(layout, ctr, path);
}

/** The error of whoever needs a cluster when none is up. */
export function notRunning(message = 'the cluster is not up'): ClusterError {
  return new ClusterError('NotRunning', message, { fix: 'start it: npm run cluster-up' });
}

function otherMode(present: Mode, wanted: Mode): ClusterError {
  return new ClusterError('OtherMode', `the cluster that is up is ${present}, asked for is ${wanted}`, {
    fix: 'end it first, its data too: npm run cluster-down',
  });
}

/** The path of the kubectl that belongs to the local cluster. */
export async function kubectlPath(): Promise<string> {
  return (await resolveBinaries({ needed: ['kubectl'] })).path('kubectl');
}

const starters: Readonly<Record<Mode, (options: UpOptions) => Promise<void>>> = {
  full: upFull,
  kind: upKind,
  'control-plane': upControlPlane,
};

const enders: Readonly<Record<Mode, (options: UpOptions) => Promise<void>>> = {
  full: downFull,
  kind: downKind,
  'control-plane': downControlPlane,
};

async function chosen(mode: Mode | undefined) {
  return mode === undefined ? chooseMode() : { mode, why: undefined };
}

/** One start or end at a time. The lock is beside the run directory, which goes when the cluster does. */
function locked<T>(layout: Layout, options: Pick<UpOptions, 'report' | 'signal'>, work: () => Promise<T>): Promise<T> {
  return withLock(`${layout.run}.lock`, { what: 'the cluster', ...options }, work);
}
