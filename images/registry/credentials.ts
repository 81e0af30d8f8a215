import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { errnoOf } from '../../cluster/errno.ts';
import { ImageError } from '../image-error.ts';

/** Who pushes. */
export type Credentials =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  /** What `docker login` to some registries leaves instead of a password: it is exchanged for a token. */
  | { readonly kind: 'identityToken'; readonly token: string };

/** The parts of Docker's configuration file that are about logins; Podman's `auth.json` has the first alone. */
interface ConfigFile {
  readonly auths?: Readonly<Record<string, { readonly auth?: string; readonly identitytoken?: string }>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Docker Hub's logins are under an address of their own, for historical reasons. */
const hubKey = 'https://index.docker.io/v1/';

/**
 * The login for a registry, where `docker login` or `podman login` left it.
 *
 * @param host as in a reference: `ghcr.io`, `registry.example:5000`, `docker.io`
 * @param env `DOCKER_CONFIG` and `REGISTRY_AUTH_FILE` name other places; credential helpers are found on `PATH`
 * @returns undefined when nobody has logged in: some registries take a push from anybody
 * @throws ImageError `Io` when a file is no JSON, `ToolFailed` or `ToolMissing` from a credential helper
 */
export async function credentialsFor(host: string, env: Environment = process.env): Promise<Credentials | undefined> {
  for (const path of configFiles(env)) {
    const config = await readConfig(path);
    const found = config && (await inConfig(config, host, env));
    if (found !== undefined) return found;
  }
  return undefined;
}

function configFiles(env: Environment): string[] {
  const podman = env.XDG_RUNTIME_DIR ? [join(env.XDG_RUNTIME_DIR, 'containers', 'auth.json')] : [];
  const named = env.REGISTRY_AUTH_FILE ? [env.REGISTRY_AUTH_FILE] : [];
  const docker = join(env.DOCKER_CONFIG || join(env.HOME || homedir(), '.docker'), 'config.json');
  return [...named, docker, ...podman];
}

async function readConfig(path: string): Promise<ConfigFile | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return undefined;
    // The parser's message may quote the file, and that has passwords.
    const why = thrown instanceof SyntaxError ? 'it is no JSON' : String(thrown);
    throw new ImageError('Io', `the logins in ${path} cannot be read: ${why}`);
  }
}

async function inConfig(config: ConfigFile, host: string, env: Environment): Promise<Credentials | undefined> {
  const keys = host === 'docker.io' ? [hubKey, host] : [host, `https://${host}`];
  const helper = keys.map((key) => config.credHelpers?.[key]).find((name) => name !== undefined) ?? config.credsStore;
  if (helper) {
    const found = await fromHelper(helper, keys[0] ?? host, env);
    if (found !== undefined) return found;
  }
  const entry = keys.map((key) => config.auths?.[key]).find((one) => one !== undefined);
  if (entry?.identitytoken) return { kind: 'identityToken', token: entry.identitytoken };
  if (!entry?.auth) return undefined;
  const text = Buffer.from(entry.auth, 'base64').toString();
  const colon = text.indexOf(':');
  return { kind: 'password', username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** The protocol of docker-credential-helpers: a host on standard input, JSON on standard output. */
async function fromHelper(name: string, key: string, env: Environment): Promise<Credentials | undefined> {
  const program = `docker-credential-${name}`;
  const { code, output } = await talk(program, key, env);
  if (code !== 0) {
    if (/credentials not found/i.test(output)) return undefined;
    throw new ImageError('ToolFailed', `${program} get failed for ${key} (exit code ${code}): log in once more`);
  }
  const answer: { Username?: string; Secret?: string } = JSON.parse(output);
  if (!answer.Secret) return undefined;
  if (answer.Username === '<token>') return { kind: 'identityToken', token: answer.Secret };
  return { kind: 'password', username: answer.Username ?? '', password: answer.Secret };
}

function talk(program: string, input: string, env: Environment): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['get'], { env: { ...env }, stdio: ['pipe', 'pipe', 'ignore'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.on('error', (thrown) => {
      const fix = `the login is kept by ${program}, which is not on PATH: install it, or log in without it`;
      reject(errnoOf(thrown) === 'ENOENT' ? new ImageError('ToolMissing', fix) : ImageError.from(thrown));
    });
    child.on('close', (code) => resolve({ code, output }));
    // One that ends without reading closes the pipe; what it printed says why.
    child.stdin.on('error', () => undefined).end(input);
  });
}
