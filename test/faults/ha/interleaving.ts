import type { SeenWrite } from './link.ts';

/** What one replica wrote. */
export interface WritesOf {
  readonly replica: string;
  readonly writes: readonly SeenWrite[];
}

/** A write that only the holder of the lease may send: everything but the lease itself. */
export function isFenced({ path }: Pick<SeenWrite, 'path'>): boolean {
  return !path.includes('/leases');
}

/**
 * Who wrote, in the order of the writes, each once for each turn: `['first', 'second']` is a take-over, and
 * `['first', 'second', 'first']` two leaders at a time, when the lease has changed hands only once.
 */
export function turns(all: readonly WritesOf[]): readonly string[] {
  const ordered = all
    .flatMap(({ replica, writes }) => writes.filter(isFenced).map(({ at }) => ({ replica, at })))
    .sort((one, other) => one.at - other.at);
  return ordered.map(({ replica }) => replica).filter((replica, index, names) => replica !== names[index - 1]);
}
