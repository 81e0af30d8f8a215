import { Command } from 'commander';
import { waitFor } from '../cluster/wait.ts';
import { group, plural } from '../src/api/v1alpha1/names.ts';
import { countServers, exitWith, type Kubectl, openKubectl } from './kubectl.ts';

// `make install` and `make uninstall`: the CRD, into the cluster and out of it.

const bases = 'config/crd/bases';

/**
 * Installs the CRD, or brings it up to date, and waits until the API server serves it.
 *
 * Server-side, because the file is the whole truth about the CRD: whoever applied it before, the fields are ours.
 */
export async function installCrd(kubectl: Kubectl, print: (line: string) => void): Promise<void> {
  await kubectl.show('apply', '--server-side', '--force-conflicts', '--filename', bases);
  await waitForCrd(kubectl);
  print('next: make run, or kubectl apply --kustomize config/samples');
}

/**
 * Waits until the API server serves the CRD, which is a moment after it took it.
 *
 * Not with `kubectl wait`, which fails at once when it comes before the first condition is written.
 *
 * @throws ClusterError `DeadlinePassed` after a minute
 */
export async function waitForCrd(kubectl: Pick<Kubectl, 'ask'>): Promise<void> {
  const name = `crd/${plural}.${group}`;
  const established = 'jsonpath={.status.conditions[?(@.type=="Established")].status}';
  await waitFor(async () => (await kubectl.ask('get', name, '--output', established)).stdout === 'True', {
    what: `${name} to be Established`,
    intervalMs: 200,
  });
}

/** Removes the CRD, and with it every MCPServer. Nothing happens when it is not there. */
export async function uninstallCrd(kubectl: Kubectl, print: (line: string) => void): Promise<void> {
  const count = await countServers(kubectl);
  if (count > 0) print(`removing ${count} MCPServers with the CRD, and all that they run`);
  await kubectl.show('delete', '--ignore-not-found', '--filename', bases);
}

if (import.meta.main) {
  await exitWith(async () => {
    const program = new Command('crd-install').description('Installs or removes the CRD.').exitOverride();
    const actions = { install: installCrd, uninstall: uninstallCrd };
    for (const [name, action] of Object.entries(actions)) {
      program.command(name).action(async () => action(await openKubectl(console.log), console.log));
    }
    await program.parseAsync();
  });
}
