import { type Environment, findProgram, searchPath } from './binaries/find.ts';
import type { Mode } from './cluster-record.ts';
import { run } from './process/run.ts';

/** What kind of cluster this machine can have, and why not a better one. */
export interface Choice {
  readonly mode: Mode;
  /** One line, for modes other than `full`. */
  readonly why: string | undefined;
}

/** What the choice depends on. */
export interface Host {
  readonly platform: NodeJS.Platform;
  /** The user's number; undefined where there is none. */
  readonly uid: number | undefined;
  /** Whether kind and a Docker engine that answers are there. */
  readonly hasKind: () => Promise<boolean>;
}

/**
 * Chooses: real pods where this machine can run them, else kind where Docker runs, else the control plane alone.
 *
 * @param host default: this machine
 */
export async function chooseMode(host: Host = thisHost()): Promise<Choice> {
  if (host.platform === 'linux' && host.uid === 0) return { mode: 'full', why: undefined };
  const lacking =
    host.platform === 'linux' ? 'not root' : `not Linux but ${host.platform === 'darwin' ? 'macOS' : host.platform}`;
  if (await host.hasKind()) {
    return { mode: 'kind', why: `containers cannot run here directly (${lacking}): using kind, in Docker` };
  }
  const why = `containers cannot run here (${lacking}, no Docker with kind): the control plane alone, pods are not started`;
  return { mode: 'control-plane', why };
}

function thisHost(): Host {
  return { platform: process.platform, uid: process.getuid?.(), hasKind: () => hasKind(process.env) };
}

/** True where `kind` is installed and a Docker engine answers. */
export async function hasKind(env: Environment): Promise<boolean> {
  const directories = searchPath(env);
  const [kind, docker] = await Promise.all(['kind', 'docker'].map((name) => findProgram(name, directories)));
  if (kind === undefined || docker === undefined) return false;
  return (await run(docker, ['info'], { env, deadlineMs: 10_000 })).code === 0;
}
