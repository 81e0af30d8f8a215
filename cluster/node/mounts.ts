import { readFile } from 'node:fs/promises';
import { run, runOrThrow } from '../process/run.ts';

/**
 * The mount points at or under some directories, innermost and newest first: the order in which they can be unmounted.
 *
 * @param mountinfo the text of `/proc/self/mountinfo` (proc(5)), which lists mounts in the order in which they were made
 */
export function mountsUnder(mountinfo: string, directories: readonly string[]): string[] {
  const points = mountinfo
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => unescapeOctal(line.split(' ')[4] ?? ''))
    .filter((point) => directories.some((directory) => point === directory || point.startsWith(`${directory}/`)));
  return points.reverse();
}

/** Unmounts everything at or under some directories. A mount in use is detached, and goes when its user does. */
export async function unmountUnder(directories: readonly string[]): Promise<void> {
  // Each round unmounts what it sees. Mounts under mounts that were hidden come up in the next.
  for (let round = 0; round < 10; round += 1) {
    const points = mountsUnder(await readFile('/proc/self/mountinfo', 'utf8'), directories);
    if (points.length === 0) return;
    const { code } = await run('umount', ['--', ...points]);
    if (code !== 0) await run('umount', ['--lazy', '--', ...points]);
  }
  const left = mountsUnder(await readFile('/proc/self/mountinfo', 'utf8'), directories);
  if (left.length > 0) await runOrThrow('umount', ['--', ...left]);
}

/** Blanks and the like are written as three octal digits after a backslash. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
