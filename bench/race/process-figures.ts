import { readdir, readFile, readlink } from 'node:fs/promises';

/** What a process has used, from Linux' /proc (proc(5)). */
export interface ProcessFigures {
  /** Processor time, of all threads, in seconds. Counted in hundredths. */
  readonly cpuSeconds: number;
  /** Resident memory in MiB: now, and the most that it ever was. */
  readonly rss: number;
  readonly peakRss: number;
  /** Open TCP connections. */
  readonly sockets: number;
}

/** USER_HZ is 100 on every Linux that Kubernetes runs on: it is part of the kernel's interface to programs. */
const TICKS_PER_SECOND = 100;

/** Processor seconds from /proc/PID/stat. The program's name may contain spaces and brackets. */
export function cpuSecondsOf(stat: string): number {
  const after = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // utime and stime are fields 14 and 15; the state, field 3, is the first after the name.
  return (Number(after[11]) + Number(after[12])) / TICKS_PER_SECOND;
}

/** A field of /proc/PID/status in MiB, e.g. `VmRSS`. */
export function mebibytesOf(status: string, field: 'VmRSS' | 'VmHWM'): number {
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  return kilobytes === undefined ? Number.NaN : Number(kilobytes) / 1024;
}

/** The inodes of established connections, from /proc/PID/net/tcp. */
export function establishedIn(table: string): readonly string[] {
  const ESTABLISHED = '01';
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[3] === ESTABLISHED)
    .map((columns) => columns[9] ?? '');
}

/** Reads all of it. Only on Linux. */
export async function processFigures(pid: number): Promise<ProcessFigures> {
  const read = (name: string) => readFile(`/proc/${pid}/${name}`, 'utf8');
  const [stat, status, tcp, tcp6] = await Promise.all([
    read('stat'),
    read('status'),
    read('net/tcp'),
    read('net/tcp6'),
  ]);
  const established = new Set([...establishedIn(tcp), ...establishedIn(tcp6)]);
  let sockets = 0;
  for (const inode of await socketInodes(pid)) if (established.has(inode)) sockets += 1;
  return {
    cpuSeconds: cpuSecondsOf(stat),
    rss: mebibytesOf(status, 'VmRSS'),
    peakRss: mebibytesOf(status, 'VmHWM'),
    sockets,
  };
}

async function socketInodes(pid: number): Promise<readonly string[]> {
  const directory = `/proc/${pid}/fd`;
  const targets = await Promise.all(
    (await readdir(directory)).map(async (fd) => {
      try {
        return await readlink(`${directory}/${fd}`);
      } catch (error) {
        // Closed since the directory was read.
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
        throw error;
      }
    }),
  );
  return targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []);
}
