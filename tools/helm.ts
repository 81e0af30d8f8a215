import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { goTools } from '../cluster/go-tools/catalog.ts';
import { resolveGoTool } from '../cluster/go-tools/resolve-go-tool.ts';
import { repositoryRoot } from './generated-file.ts';
import { exitWith } from './kubectl.ts';
import { type TargetCluster, targetCluster } from './target-cluster.ts';

// `make helm ARGS="…"`: Helm, found or built, on the cluster that the other commands mean.

/** Commands that ask no cluster. */
const offline = new Set(['lint', 'template', 'package', 'version', 'show', 'pull', 'push', 'help', 'completion']);

/**
 * Whether a Helm command needs a cluster. Without arguments and with `--help` it does not.
 *
 * @param args Helm's own
 */
export function needsCluster(args: readonly string[]): boolean {
  const command = args.find((word) => !word.startsWith('-'));
  return command !== undefined && !offline.has(command) && !args.includes('--help') && !args.includes('-h');
}

/**
 * Runs Helm where the user sees what it prints.
 *
 * @param args Helm's own
 * @param target undefined for what asks no cluster
 * @returns its exit code
 */
export async function runHelm(args: readonly string[], target: TargetCluster | undefined): Promise<number> {
  // To standard error: what Helm prints may be read by a program.
  const report = (line: string) => console.error(line);
  const { path } = await resolveGoTool(goTools.helm, { report });
  if (target !== undefined) report(`cluster: ${target.from}`);
  const env = target === undefined ? process.env : { ...process.env, KUBECONFIG: target.kubeconfig };
  const child = spawn(path, args, { cwd: repositoryRoot, env, stdio: 'inherit' });
  const [code]: (number | null)[] = await once(child, 'exit');
  return code ?? 1;
}

if (import.meta.main) {
  await exitWith(async () => {
    const args = process.argv.slice(2);
    process.exitCode = await runHelm(args, needsCluster(args) ? await targetCluster() : undefined);
  });
}
