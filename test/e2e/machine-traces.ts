import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { searchPath } from '../../cluster/binaries/find.ts';
import { errnoOf } from '../../cluster/errno.ts';
import { run } from '../../cluster/process/run.ts';

/** What a cluster could leave behind on a machine, so that two moments can be compared. */
export interface MachineTraces {
  readonly mounts: readonly string[];
  readonly links: readonly string[];
  readonly routes: readonly string[];
  /** Rules and chains of the packet filter; its empty built-in chains count for nothing. */
  readonly filter: readonly string[];
  readonly cgroups: readonly string[];
  readonly sysctls: readonly string[];
  /** Entries of the directories in which system programs put things. */
  readonly files: readonly string[];
}

/** Looks at the machine. */
export async function machineTraces(): Promise<MachineTraces> {
  const [mounts, links, routes, filter, cgroups, sysctls, files] = await Promise.all([
    mountPoints(),
    output('ip', '-oneline', 'address'),
    output('ip', 'route', 'show', 'table', 'all'),
    packetFilter(),
    entriesOf('/sys/fs/cgroup', '/sys/fs/cgroup/cpu', '/sys/fs/cgroup/memory'),
    kernelSettings(),
    entriesOf(
      '/run',
      '/run/containerd/s',
      '/var/lib',
      '/var/log',
      '/opt',
      '/etc/cni',
      '/usr/libexec',
      '/var/lib/kubelet',
    ),
  ]);
  // `mount` and `umount` themselves write down what they did there.
  return {
    mounts,
    links: links.map(withoutLifetime),
    routes,
    filter,
    cgroups,
    sysctls,
    files: files.filter((file) => file !== '/run/mount'),
  };
}

/**
 * What one moment has and another has not.
 *
 * @returns the entries, by kind; kinds without any are left out
 */
export function added(earlier: MachineTraces, later: MachineTraces): Record<string, string[]> {
  const kinds = Object.keys(later) as (keyof MachineTraces)[];
  const differences = kinds.map(
    (kind) => [kind, later[kind].filter((entry) => !earlier[kind].includes(entry))] as const,
  );
  return Object.fromEntries(
    differences.filter(([, entries]) => entries.length > 0).map(([kind, list]) => [kind, [...list]]),
  );
}

/** Command lines of the processes that have a text in theirs, without this one. */
export async function processesWith(text: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    const line = (await textOf(join('/proc', pid, 'cmdline'))).replaceAll('\0', ' ').trim();
    if (line.includes(text)) found.push(line);
  }
  return found;
}

async function mountPoints(): Promise<string[]> {
  const points = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').map((line) => line.split(' ')[4] ?? '');
  // Other programs' affairs, which come and go while a test runs.
  return points.filter((point) => !point.startsWith(`${tmpdir()}/`));
}

async function packetFilter(): Promise<string[]> {
  const saved = await Promise.all(['iptables-save', 'ip6tables-save'].map((program) => output(program)));
  return saved.flat().filter((line) => line.startsWith('-A') || /^:\S+ -/.test(line));
}

async function kernelSettings(): Promise<string[]> {
  const names = [
    'kernel/panic',
    'kernel/panic_on_oops',
    'kernel/keys/root_maxkeys',
    'net/ipv4/ip_forward',
    'net/ipv4/conf/all/forwarding',
    'net/ipv4/conf/all/route_localnet',
    'net/ipv4/conf/default/forwarding',
    'net/netfilter/nf_conntrack_max',
    'vm/overcommit_memory',
  ];
  return Promise.all(names.map(async (name) => `${name} = ${(await textOf(join('/proc/sys', name))).trim()}`));
}

async function output(program: string, ...args: string[]): Promise<string[]> {
  const env = { ...process.env, PATH: searchPath(process.env).join(':') };
  const { stdout } = await run(program, args, { env });
  return stdout.split('\n').filter((line) => line !== '');
}

function withoutLifetime(line: string): string {
  return line.replace(/\\.*$/, '').trim();
}

async function entriesOf(...directories: string[]): Promise<string[]> {
  const entries = await Promise.all(
    directories.map(async (directory) => {
      try {
        return (await readdir(directory)).map((name) => join(directory, name)).sort();
      } catch (thrown) {
        if (errnoOf(thrown) === 'ENOENT') return [];
        throw thrown;
      }
    }),
  );
  return entries.flat();
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    if (['ENOENT', 'ESRCH', 'EACCES'].includes(errnoOf(thrown) ?? '')) return '';
    throw thrown;
  }
}
