import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { findProgram, searchPath } from '../cluster/binaries/find.ts';
import { kubectlPath } from '../cluster/cluster.ts';
import { runOrThrow } from '../cluster/process/run.ts';
import { imageToDeploy, kustomizationFor } from './deploy.ts';
import { repositoryRoot } from './generated-file.ts';
import { exitWith } from './kubectl.ts';

// `make build-installer IMG=…`: everything that the operator needs in one file, for people who have neither this
// repository nor Helm: kubectl apply -f install.yaml. The name and the place are kubebuilder's.

/** Where it goes, below the repository. Not tracked: it is made for each release. */
export const installerPath = join('dist', 'install.yaml');
/** The overlay that it is made from. Not tracked either, and another than that of `make deploy`. */
const overlay = join('.local', 'installer');

/**
 * config/default with an image, as one YAML text.
 *
 * @param image a reference, with or without tag and digest
 * @param kubectl its path; kustomize is part of it, and no cluster is asked
 * @throws ClusterError `CommandFailed` with what kustomize said
 */
export async function installerFor(image: string, kubectl: string): Promise<string> {
  await mkdir(join(repositoryRoot, overlay), { recursive: true });
  await writeFile(join(repositoryRoot, overlay, 'kustomization.yaml'), kustomizationFor(image, overlay));
  const objects = await runOrThrow(kubectl, ['kustomize', overlay], { cwd: repositoryRoot });
  return `# Smooth Operator, image ${image}. Made by "make build-installer": kubectl apply --server-side -f install.yaml\n${objects}`;
}

/** kubectl from PATH in whatever version, else the local cluster's own. */
export async function anyKubectl(): Promise<string> {
  return (await findProgram('kubectl', searchPath(process.env))) ?? kubectlPath();
}

if (import.meta.main) {
  await exitWith(async () => {
    const program = new Command('build-installer')
      .description('Writes everything that the operator needs into one file; IMG=… names its image.')
      .option('--out <file>', 'where to write it', installerPath)
      .exitOverride();
    program.action(async ({ out }: { out: string }) => {
      const image = imageToDeploy(process.env);
      const text = await installerFor(image, await anyKubectl());
      await mkdir(dirname(out), { recursive: true });
      await writeFile(out, text);
      console.log(`wrote ${out} for ${image}; next: kubectl apply --server-side -f ${out}`);
    });
    await program.parseAsync();
  });
}
