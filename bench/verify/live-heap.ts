import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Collects all garbage, which takes some tens of milliseconds, and tells what is left.
 *
 * Resident memory says little about a leak: V8 collects when it runs out of room, and a nursery of Node's own size alone is
 * 60 MB. What grows from one collection to the next is one.
 *
 * @returns MiB of this process's heap that are in use
 */
export function liveHeap(): number {
  // There is no other way to ask for it without a flag on the command line.
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  collect();
  return process.memoryUsage().heapUsed / 2 ** 20;
}
