import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { ApiError } from './errors.ts';

/** `clusters[].cluster`, as far as it is read here; the rest is passed on. */
export interface KubeconfigCluster {
  readonly server?: string;
  readonly 'certificate-authority'?: string;
  readonly 'certificate-authority-data'?: string;
  readonly 'insecure-skip-tls-verify'?: boolean;
  readonly 'tls-server-name'?: string;
  readonly 'proxy-url'?: string;
}

/** A credential plugin (client-go's `ExecConfig`). */
export interface KubeconfigExec {
  readonly apiVersion?: string;
  readonly command?: string;
  readonly args?: readonly string[] | null;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
  readonly installHint?: string;
  readonly provideClusterInfo?: boolean;
}

/** `users[].user`, as far as it is read here; the rest is passed on. */
export interface KubeconfigUser {
  readonly token?: string;
  readonly tokenFile?: string;
  readonly exec?: KubeconfigExec;
  readonly as?: string;
  readonly 'as-uid'?: string;
  readonly 'as-groups'?: readonly string[];
  readonly 'as-user-extra'?: Readonly<Record<string, readonly string[]>>;
  readonly username?: string;
  readonly password?: string;
  readonly 'client-certificate'?: string;
  readonly 'client-certificate-data'?: string;
  readonly 'client-key'?: string;
  readonly 'client-key-data'?: string;
  /** A credential plugin of old. */
  readonly 'auth-provider'?: object;
}

/** One context with what it points at; file names are absolute. */
export interface KubeconfigContext {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly cluster: KubeconfigCluster & { readonly server: string };
  /** Undefined: anonymous. */
  readonly user: KubeconfigUser | undefined;
}

interface Named {
  readonly name?: string;
}

/** The parts of a kubeconfig file. Everything may be missing: people write these by hand. */
interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly clusters?: readonly (Named & { readonly cluster?: KubeconfigCluster })[] | null;
  readonly users?: readonly (Named & { readonly user?: KubeconfigUser })[] | null;
  readonly contexts?:
    | readonly (Named & { readonly context?: { cluster?: string; user?: string; namespace?: string } })[]
    | null;
}

/** What to read, and with what. */
export interface KubeconfigFileOptions {
  /** The first to define something wins, as with kubectl. Ones that do not exist are passed over if any does. */
  readonly files: readonly string[];
  /** Default: the file's own current-context. */
  readonly context?: string | undefined;
  /** Text to data; throws for what is no YAML. */
  readonly parseYaml: (text: string) => unknown;
}

/**
 * Reads kubeconfig files and follows their current context.
 *
 * @throws ApiError `Config`, naming the file, what is wrong with it and what to do. Never quotes the file, which holds
 *   credentials.
 */
export async function readKubeconfig(options: KubeconfigFileOptions): Promise<KubeconfigContext> {
  const { files, parseYaml } = options;
  const found = (await Promise.all(files.map((file) => readOne(resolve(file), parseYaml)))).filter(
    (config) => config !== undefined,
  );
  const where = `kubeconfig ${files.join(', ')}`;
  if (found.length === 0) {
    throw new ApiError('Config', `${where} does not exist; give another with --kubeconfig or KUBECONFIG`);
  }
  const contexts = found.flatMap((config) => config.contexts ?? []);
  const clusters = found.flatMap((config) => config.clusters ?? []);
  const users = found.flatMap((config) => config.users ?? []);
  const name = options.context ?? found.map((config) => config['current-context']).find((current) => current);

  if (!name) {
    throw new ApiError(
      'Config',
      `${where} has no current-context; choose one of ${namesOf(contexts)} with kubectl config use-context`,
    );
  }
  const context = pick(where, 'context', name, contexts, 'its current-context').context ?? {};
  if (!context.cluster) throw new ApiError('Config', `${where}: context "${name}" names no cluster`);
  const cluster = pick(where, 'cluster', context.cluster, clusters, `context "${name}"`).cluster ?? {};
  const user = context.user ? pick(where, 'user', context.user, users, `context "${name}"`).user : undefined;
  if (!cluster.server) throw new ApiError('Config', `${where}: cluster "${context.cluster}" has no server`);
  return { name, namespace: context.namespace, cluster: { ...cluster, server: cluster.server }, user };
}

async function readOne(file: string, parseYaml: (text: string) => unknown): Promise<Kubeconfig | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ApiError('Config', `kubeconfig ${file} cannot be read: ${reason}`, { cause: error });
  }
  if (text.trim() === '') throw new ApiError('Config', `kubeconfig ${file} is empty`);

  let parsed: unknown;
  try {
    parsed = parseYaml(text);
  } catch (error) {
    // The first line only, and no cause: the parser quotes the lines around the fault, and they may be credentials.
    const reason = (error instanceof Error ? error.message : String(error)).split('\n')[0];
    throw new ApiError('Config', `kubeconfig ${file} is not YAML: ${reason}`);
  }
  if (!isKubeconfig(parsed)) {
    throw new ApiError('Config', `kubeconfig ${file} is not a kubeconfig: clusters, users and contexts must be lists`);
  }
  return withAbsoluteFiles(parsed, dirname(file));
}

function isKubeconfig(parsed: unknown): parsed is Kubeconfig {
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return false;
  return ['clusters', 'users', 'contexts'].every((part) => {
    const list: unknown = Reflect.get(parsed, part) ?? [];
    return Array.isArray(list) && list.every((entry) => typeof entry === 'object' && entry !== null);
  });
}

function pick<T extends Named>(where: string, kind: string, name: string, among: readonly T[], by: string): T {
  const found = among.find((entry) => entry.name === name);
  if (found !== undefined) return found;
  throw new ApiError('Config', `${where} has no ${kind} "${name}", which ${by} names; there is ${namesOf(among)}`);
}

function namesOf(entries: readonly Named[]): string {
  return entries.map((entry) => `"${entry.name}"`).join(', ') || 'none';
}

/** File names in a kubeconfig are relative to the kubeconfig. */
function withAbsoluteFiles(config: Kubeconfig, directory: string): Kubeconfig {
  const absolute = (file: string) => (isAbsolute(file) ? file : join(directory, file));
  const map = <T extends object>(part: T | undefined, names: readonly (keyof T & string)[]): T => {
    const mapped: Record<string, unknown> = { ...part };
    for (const name of names) if (typeof mapped[name] === 'string') mapped[name] = absolute(mapped[name]);
    return mapped as T;
  };
  return {
    ...config,
    clusters: config.clusters?.map((entry) => ({ ...entry, cluster: map(entry.cluster, ['certificate-authority']) })),
    users: config.users?.map((entry) => {
      const user = map(entry.user, ['client-certificate', 'client-key', 'tokenFile']);
      const command = user.exec?.command;
      // A bare command is looked up in PATH, as kubectl does; one with a slash is a file.
      if (!command?.includes('/')) return { ...entry, user };
      return { ...entry, user: { ...user, exec: { ...user.exec, command: absolute(command) } } };
    }),
  } as Kubeconfig;
}
