import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveBinaries } from '../../../cluster/binaries/resolve.ts';
import { startControlPlane } from '../../../cluster/control-plane.ts';
import type { Report } from '../../../cluster/progress.ts';
import { administer, type TestControlPlane } from '../../support/control-plane.ts';
import { readCrd } from '../../support/crd.ts';

/** The control plane that all runs of one command share. */
export interface Plane extends TestControlPlane {
  /** A directory that goes away with the plane. */
  readonly files: string;
  /** The command has started it, and nobody else uses it. */
  readonly isOwn: boolean;
  /** Ends it, if the command has started it. */
  stop(): Promise<void>;
}

/** Where it comes from. */
export interface PlaneOptions {
  /** One that runs already: the test runner's. Default: one is started, and ended by `stop`. */
  readonly kubeconfig?: string | undefined;
  readonly report: Report;
  /** Ends the start. */
  readonly signal?: AbortSignal;
}

/**
 * A real etcd, kube-apiserver and kube-controller-manager with the CRD installed. No scheduler and no kubelet: what
 * these report of pods is what a run says.
 */
export async function openPlane({ kubeconfig, report, signal }: PlaneOptions): Promise<Plane> {
  const files = await mkdtemp(join(tmpdir(), 'smooth-faults-'));
  // Workloads look at their objects many times a second: a handshake for each would be most of the work.
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const started = kubeconfig === undefined ? await startOwn(report, signal) : undefined;
  const stop = async () => {
    agent.destroy();
    await started?.stop();
    await rm(files, { recursive: true, force: true });
  };
  try {
    const kubectl = started?.kubectl ?? (await resolveBinaries({ needed: ['kubectl'] })).path('kubectl');
    const plane = await administer({ kubeconfig: started?.kubeconfig ?? kubeconfig ?? '', kubectl, files, agent });
    await plane.installCrd(await readCrd());
    return { ...plane, files, isOwn: started !== undefined, stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

async function startOwn(report: Report, signal: AbortSignal | undefined) {
  report('starting etcd, kube-apiserver and kube-controller-manager');
  const components = ['etcd', 'kube-apiserver', 'kube-controller-manager'] as const;
  return startControlPlane({ components, report, signal });
}

/** The administrator's credentials, for a stream that `TestControlPlane.request` does not know. */
export async function adminOf(plane: TestControlPlane): Promise<string> {
  return readFile(plane.kubeconfig, 'utf8');
}
