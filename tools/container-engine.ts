import { run } from '../images/command.ts';
import { ImageError } from '../images/image-error.ts';

/** The container engines that are known here. */
export const engineNames = ['docker', 'podman', 'buildah'] as const;

/** A container engine's program. */
export type EngineName = (typeof engineNames)[number];

/** What the search found. */
export interface EngineSearch {
  /** The first one that works, or undefined. */
  readonly engine: EngineName | undefined;
  /** Why each of the others was not taken, a line each. */
  readonly passedOver: readonly string[];
}

/** What tells that an engine works, beyond being installed: docker's and podman's need a service or a user set-up. */
const probes: Readonly<Record<EngineName, readonly string[]>> = {
  docker: ['version', '--format', '{{.Server.Version}}'],
  podman: ['info', '--format', '{{.Version.Version}}'],
  buildah: ['info'],
};

/** A service that does not answer must not hold the search up. */
const probeTimeoutMs = 15_000;

/** Runs a program; the way to replace the real ones in a test. */
export type RunProgram = typeof run;

/**
 * Looks for a container engine that works.
 *
 * @param wanted what CONTAINER_TOOL says: one engine, `none` for no engine, or undefined or empty for the first that works
 * @throws ImageError `ToolMissing` when the wanted one does not work or is not known
 */
export async function findEngine(
  wanted: string | undefined,
  signal: AbortSignal,
  runProgram: RunProgram = run,
): Promise<EngineSearch> {
  if (wanted === 'none') return { engine: undefined, passedOver: ['CONTAINER_TOOL=none'] };
  const named = wanted !== undefined && wanted !== '';
  const candidates = named ? engineNames.filter((name) => name === wanted) : engineNames;
  if (candidates.length === 0) {
    throw new ImageError(
      'ToolMissing',
      `CONTAINER_TOOL is ${JSON.stringify(wanted)}: use ${engineNames.join(', ')} or none`,
    );
  }
  const passedOver: string[] = [];
  for (const engine of candidates) {
    const problem = await problemOf(engine, signal, runProgram);
    if (problem === undefined) return { engine, passedOver };
    passedOver.push(`${engine}: ${problem}`);
  }
  if (named) throw new ImageError('ToolMissing', `CONTAINER_TOOL=${wanted} does not work: ${passedOver.join('; ')}`);
  return { engine: undefined, passedOver };
}

async function problemOf(engine: EngineName, signal: AbortSignal, runProgram: RunProgram): Promise<string | undefined> {
  const deadline = AbortSignal.timeout(probeTimeoutMs);
  try {
    await runProgram(engine, probes[engine], { signal: AbortSignal.any([signal, deadline]) });
    return undefined;
  } catch (thrown) {
    const error = ImageError.from(thrown);
    if (signal.aborted) throw error;
    if (error.code === 'ToolMissing') return 'not installed';
    if (deadline.aborted) return `gave no answer within ${probeTimeoutMs / 1000} s`;
    return error.message.trimEnd().split('\n').at(-1) ?? error.message;
  }
}
