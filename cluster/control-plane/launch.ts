import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import type { Binaries } from '../binaries/resolve.ts';
import { writeCertificateKubeconfig } from '../kubeconfig.ts';
import type { ClientName, Pki } from '../pki/cluster-pki.ts';
import { probe } from '../probe.ts';
import { runningDaemon, startDaemon } from '../process/daemon.ts';
import type { ProcessIdentity } from '../process/identity.ts';
import { duration, type Report } from '../progress.ts';
import {
  argumentsOf,
  type ComponentName,
  type ControlPlaneSettings,
  etcdSocket,
  kubeconfigOf,
  logFileOf,
  pidFileOf,
  serverUrl,
} from './settings.ts';
import { waitHealthy } from './wait-healthy.ts';

/** No proxy stands between the parts of a cluster on one machine, whatever the environment says. */
export const withoutProxy: Readonly<Record<string, string>> = Object.fromEntries(
  ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy'].map((name) => [name, '']),
);

/** What starts a part of the control plane. */
export interface Launch {
  readonly settings: ControlPlaneSettings;
  readonly binaries: Binaries;
  readonly pki: Pki;
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
  /** Told of each process as soon as it runs. Default: nobody. */
  readonly onStart?: ((identity: ProcessIdentity) => void) | undefined;
}

/**
 * Starts one component, unless it runs already, and waits until it is healthy.
 *
 * @returns true when it was started, false when it ran already
 * @throws ClusterError `ComponentFailed` with its last lines when it ends, or is not healthy in a minute
 */
export async function launchComponent(component: ComponentName, launch: Launch): Promise<boolean> {
  const { settings, binaries, pki, report, onStart, signal } = launch;
  const start = performance.now();
  const pidFile = pidFileOf(settings, component);
  let identity = await runningDaemon(pidFile);
  const running = identity !== undefined;
  if (component !== 'etcd' && component !== 'kube-apiserver') await giveKubeconfig(component, component, settings, pki);
  if (identity === undefined) {
    identity = await startDaemon({
      name: component,
      program: binaries.path(component),
      args: argumentsOf(component, settings, pki),
      env: withoutProxy,
      cwd: settings.runDirectory,
      logFile: logFileOf(settings, component),
      pidFile,
    });
    onStart?.(identity);
  }
  await waitHealthy(
    component,
    identity,
    logFileOf(settings, component),
    () => isHealthy(component, settings, pki),
    signal,
  );
  report(
    running ? `${component}: already running` : `${component}: healthy after ${duration(performance.now() - start)}`,
  );
  return !running;
}

/** Writes the kubeconfig of one who calls the API server with a certificate, and returns its path. */
export async function giveKubeconfig(
  user: ClientName,
  file: string,
  settings: ControlPlaneSettings,
  pki: Pki,
): Promise<string> {
  const path = file.includes('/') ? file : kubeconfigOf(settings, file);
  const files = { certificateFile: pki.certificate(user), keyFile: pki.key(user) };
  await writeCertificateKubeconfig(path, { server: serverUrl(settings), ca: pki.ca, user, ...files });
  return path;
}

async function isHealthy(component: ComponentName, settings: ControlPlaneSettings, pki: Pki): Promise<boolean> {
  if (component === 'etcd') return etcdIsHealthy(etcdSocket(settings));
  if (component !== 'kube-apiserver') {
    const url = `https://${settings.address}:${settings.ports[component]}/healthz`;
    return (await probe(url, { ca: pki.ca })).status === 200;
  }
  const [certificate, key] = await Promise.all(
    [pki.certificate('admin'), pki.key('admin')].map((file) => readFile(file, 'utf8')),
  );
  return (await probe(`${serverUrl(settings)}/readyz`, { ca: pki.ca, certificate, key })).status === 200;
}

/**
 * Asks etcd itself. That its socket takes connections says nothing: it does so before there is a leader, and an API
 * server that comes too early backs off for a second.
 */
function etcdIsHealthy(socketPath: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path: '/health', agent: false, signal: AbortSignal.timeout(2_000) });
    call.on('error', reject);
    call.on('response', (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    call.end();
  });
}
