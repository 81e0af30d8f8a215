import type { Random } from '../command/random.ts';

/** What a user wants of one MCPServer. */
export interface Wish {
  readonly replicas: number;
  readonly port: number;
  /** Something in the environment of its container, that can be seen in the Deployment. */
  readonly colour: string;
}

/** Something that a user does to one MCPServer. */
export type UserAction =
  | { readonly do: 'apply'; readonly name: string; readonly wish: Wish }
  | { readonly do: 'delete'; readonly name: string }
  /** Deletes and creates it again at once, with children of the first one still there. */
  | { readonly do: 'replace'; readonly name: string; readonly wish: Wish };

const colours = ['red', 'green', 'blue'] as const;
/** The sample server listens where it is told to. */
const ports = [8080, 8081, 9090] as const;

/** What users have wished for so far: what has to be true in the end. */
export interface ChaosModel {
  /** The next action, among these names; already counted as done. */
  next(): UserAction;
  /** What has to be there, by name; a name that is not here has to be gone. */
  wished(): ReadonlyMap<string, Wish>;
}

/**
 * Users at random, the same for the same seed. Most changes are small, as people make them.
 *
 * @param names of the servers that they play with
 */
export function createChaosModel(random: Random, names: readonly string[]): ChaosModel {
  const wishes = new Map<string, Wish>();

  function anyWish(): Wish {
    return { replicas: random.pick([1, 1, 2]), port: random.pick(ports), colour: random.pick(colours) };
  }

  function changed(wish: Wish): Wish {
    const field = random.pick(['replicas', 'port', 'colour'] as const);
    if (field === 'replicas') return { ...wish, replicas: random.pick([0, 1, 2].filter((n) => n !== wish.replicas)) };
    if (field === 'port') return { ...wish, port: random.pick(ports.filter((port) => port !== wish.port)) };
    return { ...wish, colour: random.pick(colours.filter((colour) => colour !== wish.colour)) };
  }

  return {
    next() {
      const name = random.pick(names);
      const before = wishes.get(name);
      const chance = random.next();
      if (before !== undefined && chance < 0.15) {
        wishes.delete(name);
        return { do: 'delete', name };
      }
      const wish = before === undefined ? anyWish() : changed(before);
      wishes.set(name, wish);
      return { do: before !== undefined && chance < 0.3 ? 'replace' : 'apply', name, wish };
    },
    wished: () => wishes,
  };
}

/** How the leader is ended. */
export type Blow = 'pod deleted' | 'process killed';

/** The moments at which the leader is ended, in milliseconds from the start: 20 to 40 s apart. */
export function blows(random: Random, durationMs: number): readonly { readonly atMs: number; readonly how: Blow }[] {
  const all: { readonly atMs: number; readonly how: Blow }[] = [];
  for (let atMs = gap(random); atMs < durationMs; atMs += gap(random)) {
    all.push({ atMs, how: random.pick(['pod deleted', 'process killed']) });
  }
  return all;
}

function gap(random: Random): number {
  return 20_000 + Math.floor(random.next() * 20_000);
}
