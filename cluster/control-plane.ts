import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { controlPlaneNames } from './binaries/release.ts';
import { type Binaries, resolveBinaries } from './binaries/resolve.ts';
import { ClusterError } from './cluster-error.ts';
import { freePorts } from './control-plane/free-port.ts';
import { giveKubeconfig, launchComponent } from './control-plane/launch.ts';
import {
  type ComponentName,
  type ControlPlaneSettings,
  componentNames,
  pidFileOf,
  serverUrl,
} from './control-plane/settings.ts';
import { ensurePki, type Pki } from './pki/cluster-pki.ts';
import { stopDaemon } from './process/daemon.ts';
import { startWatchdog } from './process/watchdog.ts';
import { type Report, silent } from './progress.ts';

/** A control plane for a test. */
export interface ControlPlaneOptions {
  /** Where it keeps everything; removed at the end. A short path: sockets are in it. Default: a new one in the temporary directory. */
  readonly dir?: string | undefined;
  /** Which processes. Default: etcd and kube-apiserver, which is all that most tests need. */
  readonly components?: readonly ComponentName[];
  /** The binaries. Default: found or made, see `resolveBinaries`. */
  readonly binaries?: Binaries | undefined;
  /** Told how it goes. Default: nobody. */
  readonly report?: Report;
  /** Ends the start, and removes what there is of it. Default: never. */
  readonly signal?: AbortSignal | undefined;
  /**
   * What the API server writes into its audit log, as the rules of an `audit.k8s.io/v1` Policy; the first that fits a
   * request decides. Default: there is no log.
   */
  readonly audit?: readonly object[] | undefined;
}

/** A real API server on loopback, with nothing in it. */
export interface ControlPlane {
  /** The administrator's kubeconfig, a path. */
  readonly kubeconfig: string;
  /** `https://127.0.0.1:port`. */
  readonly url: string;
  /** PEM. */
  readonly ca: string;
  /** The administrator's certificate and key, PEM. */
  readonly admin: { readonly certificate: string; readonly key: string };
  /** The path of the kubectl that belongs to it. */
  readonly kubectl: string;
  /** The pids of its processes, by component. */
  readonly pids: ReadonlyMap<ComponentName, number>;
  readonly dir: string;
  /** The audit log: a file with one JSON object a line. Undefined without `audit`. */
  readonly auditLog: string | undefined;
  /** Its keys and certificates. A certificate that is replaced in its file is taken up, without a restart. */
  readonly pki: Pki;
  /**
   * Has another process end with it, should this one end without `stop`.
   *
   * @param pid of a process with `dir` in its command line: a reused pid is told by that
   */
  guard(pid: number): void;
  /** Ends one of its processes at once, as a crash does. */
  kill(component: ComponentName): Promise<void>;
  /** Starts one that was killed again, on its port and with its data. Returns when it is healthy. */
  restart(component: ComponentName): Promise<void>;
  /** Ends exactly these processes and removes the directory. May be called twice. */
  stop(): Promise<void>;
}

/** Enough for the unlucky case that another program takes a port between our look and the bind. */
const attempts = 3;

/**
 * Starts a control plane for tests: on loopback, on ports of its own, without nodes, data gone with it. It ends with
 * this process at the latest, however this process ends.
 *
 * @throws ClusterError `ComponentFailed` with the last lines of the one that failed
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const binaries =
    options.binaries ?? (await resolveBinaries({ needed: controlPlaneNames, report: options.report ?? silent }));
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(options, binaries);
    } catch (thrown) {
      const portTaken =
        thrown instanceof ClusterError && thrown.tail.some((line) => line.includes('address already in use'));
      if (!portTaken || attempt === attempts) throw thrown;
    }
  }
}

async function startOnce(options: ControlPlaneOptions, binaries: Binaries): Promise<ControlPlane> {
  const { components = ['etcd', 'kube-apiserver'], report = silent, signal } = options;
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'smooth-')));
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const settings = { ...(await loopbackSettings(dir)), audit: await auditIn(dir, options.audit) };
  const pids = new Map<ComponentName, number>();
  const watchdog = await startWatchdog(dir);
  const stop = async () => {
    // The last started ends first. The data is thrown away, so nobody needs time to write it down.
    for (const component of componentNames.toReversed()) await stopDaemon(pidFileOf(settings, component), 0);
    await watchdog.release();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const pki = await ensurePki(join(dir, 'pki'), {
      addresses: [settings.address, settings.kubernetesServiceAddress],
      nowMs: Date.now(),
    });
    const kubeconfig = await giveKubeconfig('admin', join(dir, 'kubeconfig'), settings, pki);
    const launch = async (component: ComponentName) => {
      // The authorities that are trusted may have been replaced since.
      const now = { ...pki, ca: await readFile(pki.certificate('ca'), 'utf8') };
      const onStart = ({ pid }: { readonly pid: number }) => {
        pids.set(component, pid);
        watchdog.guard(pid);
      };
      await launchComponent(component, { settings, binaries, pki: now, report, onStart, signal });
    };
    for (const component of componentNames.filter((name) => components.includes(name))) await launch(component);
    const [certificate, key] = await Promise.all(
      [pki.certificate('admin'), pki.key('admin')].map((file) => readFile(file, 'utf8')),
    );
    const admin = { certificate: certificate ?? '', key: key ?? '' };
    return {
      kubeconfig,
      url: serverUrl(settings),
      ca: pki.ca,
      admin,
      kubectl: binaries.path('kubectl'),
      pids,
      dir,
      auditLog: settings.audit?.logFile,
      guard: watchdog.guard,
      pki,
      kill: async (component) => void (await stopDaemon(pidFileOf(settings, component), 0)),
      restart: launch,
      stop,
    };
  } catch (thrown) {
    await stop();
    const error = ClusterError.from(thrown);
    const { code, message, component, tail, fix } = error;
    // The logs are gone with the directory: what the error has of them is all there is.
    throw error.logFile === undefined ? error : new ClusterError(code, message, { component, tail, fix, cause: error });
  }
}

/** Writes the policy. An entry for each request that was answered: that it was received says nothing more. */
async function auditIn(dir: string, rules: readonly object[] | undefined): Promise<ControlPlaneSettings['audit']> {
  if (rules === undefined) return undefined;
  const policyFile = join(dir, 'audit-policy.json');
  const policy = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'], rules };
  await writeFile(policyFile, JSON.stringify(policy));
  return { policyFile, logFile: join(dir, 'audit.log') };
}

async function loopbackSettings(dir: string): Promise<ControlPlaneSettings> {
  const address = '127.0.0.1';
  const [apiServer = 0, controllerManager = 0, scheduler = 0] = await freePorts(3, address);
  return {
    directory: dir,
    runDirectory: dir,
    logDirectory: join(dir, 'logs'),
    address,
    ports: { 'kube-apiserver': apiServer, 'kube-controller-manager': controllerManager, 'kube-scheduler': scheduler },
    serviceRange: '198.19.0.0/16',
    kubernetesServiceAddress: '198.19.0.1',
    hasNodes: false,
    unsafeNoFsync: true,
  };
}
