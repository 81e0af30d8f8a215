import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Command } from 'commander';
import { stringify } from 'yaml';
import { ClusterError } from '../cluster/cluster-error.ts';
import { ImageError } from '../images/image-error.ts';
import { imagePattern } from '../src/api/v1alpha1/image-reference.ts';
import { waitForCrd } from './crd-install.ts';
import { repositoryRoot } from './generated-file.ts';
import { countServers, exitWith, type Kubectl, openKubectl } from './kubectl.ts';

// `make deploy IMG=…` and `make undeploy`: everything that the operator needs, into the cluster and out of it.

const base = 'config/default';
/** Not tracked by git: the tracked files stay as they are, whatever image is deployed. */
const overlay = '.local/deploy';
/** Where config/default puts the operator. */
export const operatorNamespace = 'smooth-operator-system';
/** The operator, as config/default names it. */
export const deployment = 'deployment/smooth-operator-controller-manager';
/** The image's name in config/manager, which the overlay replaces. */
const placeholder = 'controller';

/**
 * The image to deploy. Unlike one to build, it may be named by digest.
 *
 * @param env IMG, which `make deploy IMG=…` sets
 * @throws ImageError `BadReference` when it is missing or malformed
 */
export function imageToDeploy(env: Readonly<Record<string, string | undefined>>): string {
  const image = env.IMG ?? '';
  const example = 'IMG=registry.example/team/smooth-operator:v1';
  if (image === '') throw new ImageError('BadReference', `IMG is not set: name the image, for example ${example}`);
  if (new RegExp(`^(?:${imagePattern})$`).test(image)) return image;
  throw new ImageError('BadReference', `IMG=${JSON.stringify(image)} is no image reference: write it like ${example}`);
}

/**
 * A kustomization that is config/default with another image.
 *
 * @param image a reference, with or without tag and digest. A digest wins: it says all that a tag says
 * @param directory that the kustomization is in, relative to the root of the repository
 * @returns YAML
 */
export function kustomizationFor(image: string, directory: string): string {
  const [named = '', digest] = image.split('@');
  const colon = named.lastIndexOf(':');
  const isTagged = colon > named.lastIndexOf('/');
  const newName = isTagged ? named.slice(0, colon) : named;
  const version = digest === undefined ? { newTag: isTagged ? named.slice(colon + 1) : 'latest' } : { digest };
  return stringify({
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [relative(directory, base)],
    images: [{ name: placeholder, newName, ...version }],
  });
}

/** How a deployment is done. */
export interface DeployOptions {
  readonly image: string;
  /** Wait until the operator is ready. */
  readonly wait: boolean;
  readonly print: (line: string) => void;
}

/**
 * Installs CRD, RBAC rules and operator, or brings them up to date, and waits until the operator is ready.
 *
 * @throws ClusterError `CommandFailed` with what its pods say when it does not get ready
 */
export async function deploy(kubectl: Kubectl, { image, wait, print }: DeployOptions): Promise<void> {
  await mkdir(join(repositoryRoot, overlay), { recursive: true });
  await writeFile(join(repositoryRoot, overlay, 'kustomization.yaml'), kustomizationFor(image, overlay));
  print(`deploying ${image}`);
  await kubectl.show('apply', '--server-side', '--force-conflicts', '--kustomize', overlay);
  // So that MCPServers can be created as soon as this is done, whether the operator runs yet or not.
  await waitForCrd(kubectl);
  if (!wait) return;
  if (!kubectl.target.runsPods) {
    print('this cluster starts no pods: the operator is installed, and does not run');
    return;
  }
  try {
    await kubectl.show('--namespace', operatorNamespace, 'rollout', 'status', deployment, '--timeout=180s');
  } catch (thrown) {
    throw await notReady(kubectl, image, thrown);
  }
  print(`next: kubectl apply --kustomize config/samples; kubectl --namespace ${operatorNamespace} logs ${deployment}`);
}

async function notReady(kubectl: Kubectl, image: string, cause: unknown): Promise<ClusterError> {
  const seen = await Promise.all([
    kubectl.ask('--namespace', operatorNamespace, 'get', 'pods'),
    kubectl.ask(
      '--namespace',
      operatorNamespace,
      'get',
      'events',
      '--field-selector=type=Warning',
      '--sort-by=.lastTimestamp',
    ),
    kubectl.ask('--namespace', operatorNamespace, 'logs', deployment, '--tail=10'),
  ]);
  const tail = seen.flatMap(({ stdout, stderr }) => `${stdout}${stderr}`.trimEnd().split('\n').slice(-12));
  return new ClusterError('CommandFailed', 'the operator did not get ready', {
    component: 'pods, events and log',
    tail: tail.filter((line) => line !== ''),
    fix: `check that the cluster's nodes can pull ${image}: make docker-push IMG=${image}, or for the local cluster make docker-build IMG=${image}`,
    cause,
  });
}

/** Removes everything that `deploy` installed. With the CRD go the MCPServers. */
export async function undeploy(kubectl: Kubectl, print: (line: string) => void): Promise<void> {
  const count = await countServers(kubectl);
  if (count > 0) print(`removing ${count} MCPServers with the CRD, and all that they run`);
  await kubectl.show('delete', '--ignore-not-found', '--kustomize', base);
}

if (import.meta.main) {
  await exitWith(async () => {
    const program = new Command('deploy').description('Installs or removes the operator.').exitOverride();
    program
      .command('deploy')
      .description('install CRD, RBAC rules and operator; IMG=… names its image')
      .option('--no-wait', 'do not wait until it is ready')
      .action(async ({ wait }: { wait: boolean }) => {
        // Before anything else: who forgot IMG need not wait for a kubectl to be found.
        const image = imageToDeploy(process.env);
        await deploy(await openKubectl(console.log), { image, wait, print: console.log });
      });
    program
      .command('undeploy')
      .description('remove all of it')
      .action(async () => undeploy(await openKubectl(console.log), console.log));
    await program.parseAsync();
  });
}
