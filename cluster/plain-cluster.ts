import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { controlPlaneNames } from './binaries/release.ts';
import { resolveBinaries } from './binaries/resolve.ts';
import { readRecord, refuseOtherVersion, writeRecord } from './cluster-record.ts';
import { freePorts } from './control-plane/free-port.ts';
import { giveKubeconfig, launchComponent } from './control-plane/launch.ts';
import { type ControlPlaneSettings, componentNames, pidFileOf } from './control-plane/settings.ts';
import type { UpOptions } from './full-cluster.ts';
import { kubernetesServiceAddress, type Layout, serviceRange } from './layout.ts';
import { ensurePki } from './pki/cluster-pki.ts';
import { stopDaemon } from './process/daemon.ts';

const address = '127.0.0.1';

/**
 * Starts a control plane alone, on loopback, or what is missing of it. Deployments make pods, nothing starts them.
 *
 * @throws ClusterError that names the component that failed, with its last lines
 */
export async function upControlPlane({ layout, report, signal }: UpOptions): Promise<void> {
  const binaries = await resolveBinaries({ needed: controlPlaneNames, report, signal });
  await Promise.all(
    [layout.run, layout.state, layout.logs].map((path) => mkdir(path, { recursive: true, mode: 0o700 })),
  );
  const record = await readRecord(layout.record);
  refuseOtherVersion(record, binaries);
  const ports = record?.ports ?? (await choosePorts());
  await writeRecord(layout.record, { mode: 'control-plane', version: binaries.release.version, ports });
  const settings = plainSettings(layout, ports);
  const pki = await ensurePki(join(layout.state, 'pki'), {
    addresses: [address, kubernetesServiceAddress],
    nowMs: Date.now(),
  });
  for (const component of componentNames) await launchComponent(component, { settings, binaries, pki, report, signal });
  await giveKubeconfig('admin', layout.kubeconfig, settings, pki);
}

/** Ends a control plane and removes its files. May be called twice, and when nothing is there. */
export async function downControlPlane({ layout }: Pick<UpOptions, 'layout'>): Promise<void> {
  for (const component of componentNames.toReversed()) {
    await stopDaemon(pidFileOf({ runDirectory: layout.run }, component), 0);
  }
  await rm(layout.run, { recursive: true, force: true });
  await rm(layout.state, { recursive: true, force: true });
}

function plainSettings(layout: Layout, ports: ControlPlaneSettings['ports']): ControlPlaneSettings {
  return {
    directory: layout.state,
    runDirectory: layout.run,
    logDirectory: layout.logs,
    address,
    ports,
    serviceRange,
    kubernetesServiceAddress,
    hasNodes: false,
    unsafeNoFsync: false,
  };
}

async function choosePorts(): Promise<ControlPlaneSettings['ports']> {
  const [apiServer = 0, controllerManager = 0, scheduler = 0] = await freePorts(3, address);
  return { 'kube-apiserver': apiServer, 'kube-controller-manager': controllerManager, 'kube-scheduler': scheduler };
}
