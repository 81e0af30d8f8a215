import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../command.ts';
import { ImageError } from '../image-error.ts';
import { untilInterrupted } from '../interrupt.ts';
import type { Architecture } from '../oci.ts';
import { type DebianLock, type DebianPackage, lockFile } from './lock.ts';

// `node images/debian/update.ts`: pins the newest versions of the libraries that Node needs. apt checks who signed the
// lists that it reads the hashes from, so this needs a Debian, or another system with apt and debian-archive-keyring.

/** `gcc-14-base` has the licence of the three libraries of GCC. */
const names = ['gcc-14-base', 'libatomic1', 'libc6', 'libgcc-s1', 'libstdc++6'];
const architectures: readonly Architecture[] = ['amd64', 'arm64'];
const release = { release: '13', codename: 'trixie' };
const mirror = 'https://deb.debian.org';
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * Reads what `apt-get download --print-uris` prints.
 *
 * @param text for example `'https://…/debian/pool/main/g/glibc/libc6_2.41-12%2bdeb13u4_arm64.deb' libc6_…deb 2483572 SHA256:…`
 * @throws ImageError `ToolFailed` for a line that is not of that form
 */
export function parseUris(text: string): DebianPackage[] {
  const lines = text.split('\n').filter((line) => line.startsWith("'"));
  return lines.map((line) => {
    const [, path, file, size, sha256] =
      /^'https?:\/\/[^/]+\/([^']+)' (\S+) (\d+) SHA256:([0-9a-f]{64})$/.exec(line) ?? [];
    // apt writes the epoch's colon as %3a in names of files.
    const [name, version, architecture] = (file ?? '')
      .replace(/\.deb$/, '')
      .split('_')
      .map(decodeURIComponent);
    const known = architectures.find((one) => one === architecture);
    if (!path || !sha256 || !name || !version || known === undefined) {
      throw new ImageError('ToolFailed', `apt-get download --print-uris says what is not understood here: ${line}`);
    }
    return { name, version, architecture: known, path: decodeURIComponent(path), sha256, size: Number(size) };
  });
}

/** Lists the newest versions, with directories of apt's own that leave the machine's alone. */
async function newest(signal: AbortSignal): Promise<DebianPackage[]> {
  const home = await mkdtemp(join(tmpdir(), 'smooth-operator-apt-'));
  try {
    await mkdir(join(home, 'lists', 'partial'), { recursive: true });
    const { codename } = release;
    const sources = [`${mirror}/debian ${codename}`, `${mirror}/debian-security ${codename}-security`];
    const lines = sources.map((source) => `deb [signed-by=${keyring}] ${source} main`);
    await writeFile(join(home, 'sources.list'), `${lines.join('\n')}\n`);
    const settings = {
      'Dir::State': home,
      'Dir::State::lists': join(home, 'lists'),
      'Dir::State::status': '/dev/null',
      'Dir::Cache': home,
      'Dir::Etc::sourcelist': join(home, 'sources.list'),
      'Dir::Etc::sourceparts': '/dev/null',
      'APT::Architecture': architectures[0],
      'APT::Architectures': architectures.join(','),
      'APT::Sandbox::User': 'root',
    };
    const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    const env = { ...process.env, LC_ALL: 'C' };
    const apt = (...args: string[]) => run('apt-get', [...options, '-qq', ...args], { signal, env });
    await apt('update');
    const wanted = architectures.flatMap((architecture) => names.map((name) => `${name}:${architecture}`));
    return parseUris(await apt('download', '--print-uris', ...wanted));
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** The lock for some packages, in a fixed order. */
export function lockOf(packages: readonly DebianPackage[], now: Date): DebianLock {
  const snapshot = `${now.toISOString().slice(0, 10).replaceAll('-', '')}T000000Z`;
  const key = ({ name, architecture }: DebianPackage) => `${name} ${architecture}`;
  return { ...release, snapshot, packages: [...packages].sort((a, b) => (key(a) < key(b) ? -1 : 1)) };
}

if (import.meta.main) {
  await untilInterrupted(async (signal) => {
    const packages = await newest(signal);
    await writeFile(lockFile, `${JSON.stringify(lockOf(packages, new Date()), null, 2)}\n`);
    for (const { name, version, architecture } of packages) console.log(`${name} ${version} ${architecture}`);
  });
}
