import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { putInPlace, removeLeftovers } from '../binaries/build.ts';
import { findProgram, searchPath } from '../binaries/find.ts';
import { ClusterError } from '../cluster-error.ts';
import { run } from '../process/run.ts';
import { duration, type Report, withHeartbeat } from '../progress.ts';
import { type GoTool, moduleDirectory } from './catalog.ts';

/** Longer than the slowest machine takes. */
const deadlineMs = 3_600_000;

/** What is built, and where it goes. */
export interface GoToolBuild {
  readonly tool: GoTool;
  /** For example `v4.3.1`. */
  readonly version: string;
  /** Where the program is to be. */
  readonly path: string;
  readonly report: Report;
  readonly signal: AbortSignal | undefined;
}

/**
 * Builds a tool from the module that its go.mod pins, at low priority, and puts it in place whole. The caller holds the
 * lock of its directory.
 *
 * @throws ClusterError `ToolMissing` without Go, `CommandFailed` with the compiler's last lines, `Aborted`
 */
export async function buildGoTool({ tool, version, path, report, signal }: GoToolBuild): Promise<void> {
  const directory = dirname(path);
  await mkdir(directory, { recursive: true });
  await removeLeftovers(directory);
  const passing = join(directory, `.${tool.name}.${process.pid}.tmp`);
  const flags = `-s -w -X ${tool.versionVariable}=${version}`;
  const build = ['build', '-trimpath', '-buildvcs=false', '-ldflags', flags, '-o', passing, tool.package];
  const [program, ...args] = [...(await politely()), ...build];
  report(`building ${tool.title} ${version} from its Go module: about ${tool.buildTime} on 2 cores, this once`);
  const start = performance.now();
  try {
    const result = await withHeartbeat(report, `building ${tool.title}`, () =>
      run(program, args, {
        cwd: moduleDirectory(tool),
        // No flags from the user's environment: the program depends on go.mod and go.sum alone.
        env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOWORK: 'off' },
        deadlineMs,
        signal,
      }),
    );
    if (result.code !== 0) throw buildFailed(tool, version, result);
    await putInPlace(passing, path);
  } finally {
    await rm(passing, { force: true });
  }
  report(`built in ${duration(performance.now() - start)}`);

  /** Go, behind everything else that the machine does where that can be said. */
  async function politely(): Promise<[string, ...string[]]> {
    const directories = searchPath(process.env);
    const go = await findProgram('go', directories);
    if (go === undefined) {
      const fix = `install Go from https://go.dev/dl, or set ${tool.variable} to a ${tool.title} of yours`;
      throw new ClusterError('ToolMissing', `go is not installed, and ${tool.title} has to be built`, { fix });
    }
    const nice = await findProgram('nice', directories);
    return nice === undefined ? [go] : [nice, '-n', '10', go];
  }
}

function buildFailed(tool: GoTool, version: string, { code, stderr }: { code: number; stderr: string }): ClusterError {
  return new ClusterError('CommandFailed', `building ${tool.title} ${version} failed (go exited with ${code})`, {
    component: 'go build',
    tail: stderr.trimEnd().split('\n').slice(-20),
    fix: `check that the Go module proxy can be reached (go env GOPROXY) and that the disk has 2 GB free, or set ${tool.variable} to a ${tool.title} of yours`,
  });
}
