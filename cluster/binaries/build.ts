import { chmod, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ClusterError } from '../cluster-error.ts';
import { run } from '../process/run.ts';
import { duration, withHeartbeat } from '../progress.ts';
import type { FetchRequest } from './fetch-request.ts';
import { type BinaryName, binaryNames, linkerFlags, packageOf } from './release.ts';

/** Longer than the slowest machine takes for one component: an hour was too short on two cores that others used as well. */
export const deadlineMs = 10_800_000;

/**
 * Builds Kubernetes and etcd from the Go modules that `cluster/kubernetes` pins. About seven minutes on two idle cores
 * the first time. Each binary is put in place whole when it is done, so an interrupted build goes on where it was.
 *
 * @throws ClusterError `ToolMissing` without Go, `CommandFailed` with the compiler's last lines, `Aborted`
 */
export async function buildBinaries(request: FetchRequest): Promise<void> {
  const { release, needed, directory, report, signal } = request;
  await mkdir(directory, { recursive: true });
  await removeLeftovers(directory);
  // In the list's order, not in the caller's: kube-apiserver first, because it compiles what the others share.
  const names = binaryNames.filter((name) => needed.includes(name));
  const present = new Set(await readdir(directory));
  report(`building Kubernetes ${release.version} from its Go modules: about 7 minutes on 2 cores, this once`);
  const start = performance.now();
  for (const [index, name] of names.entries()) {
    if (present.has(name)) continue;
    const step = `building ${name} (${index + 1} of ${names.length})`;
    report(`  ${step}, ${duration(performance.now() - start)} so far`);
    await withHeartbeat(report, step, () => buildOne(name, request, signal));
  }
  report(`built in ${duration(performance.now() - start)}`);
}

async function buildOne(name: BinaryName, request: FetchRequest, signal: AbortSignal | undefined): Promise<void> {
  const { release, directory } = request;
  const passing = passingName(directory, name);
  const args = ['build', '-trimpath', '-ldflags', linkerFlags(release), '-o', passing, packageOf(name)];
  const result = await run('go', args, {
    cwd: join(import.meta.dirname, '..', release.module),
    // No flags from the user's environment: the binaries depend on go.mod and go.sum alone.
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOWORK: 'off' },
    deadlineMs,
    signal,
    whenMissing: 'install Go from https://go.dev/dl, or set SMOOTH_KUBERNETES_BIN to a directory with the binaries',
  }).catch(async (thrown: unknown) => {
    await rm(passing, { force: true });
    throw thrown;
  });
  if (result.code !== 0) {
    await rm(passing, { force: true });
    throw new ClusterError(
      'CommandFailed',
      `building ${name} ${release.version} failed (go exited with ${result.code})`,
      {
        component: 'go build',
        tail: result.stderr.trimEnd().split('\n').slice(-20),
        fix: 'check that the Go module proxy can be reached (go env GOPROXY) and that the disk has 4 GB free, then run it again: it goes on where it was',
      },
    );
  }
  await putInPlace(passing, join(directory, name));
}

/** What a binary is called until it is whole. It starts with a dot and is not executable by name. */
export function passingName(directory: string, name: BinaryName): string {
  return join(directory, `.${name}.${process.pid}.tmp`);
}

/** Makes a whole binary visible, in one step. */
export async function putInPlace(passing: string, path: string): Promise<void> {
  await chmod(passing, 0o755);
  await rename(passing, path);
}

/** Removes what a killed build or download left. The caller holds the lock, so nobody is writing them. */
export async function removeLeftovers(directory: string): Promise<void> {
  const leftovers = (await readdir(directory)).filter((file) => file.startsWith('.') && file.endsWith('.tmp'));
  await Promise.all(leftovers.map((file) => rm(join(directory, file), { force: true })));
}
