/** One turn: who, with how many servers, and which repetition. */
export interface Turn {
  readonly contestant: string;
  readonly servers: number;
  /** From 1. */
  readonly run: number;
}

/**
 * The order of all turns. For each number of servers the contestants alternate, and every other time the other way round,
 * so that a machine which gets slower or faster over time favours nobody.
 */
export function schedule(contestants: readonly string[], servers: readonly number[], runs: number): readonly Turn[] {
  return servers.flatMap((count) =>
    Array.from({ length: runs }, (_, index) => {
      const order = index % 2 === 0 ? contestants : contestants.toReversed();
      return order.map((contestant) => ({ contestant, servers: count, run: index + 1 }));
    }).flat(),
  );
}

/** What a turn takes beside the servers: starting and stopping, the samples, watching at rest. In seconds. */
const FIXED_SECONDS = 45;
/** What each server takes in all phases together: measured on two cores. */
const SECONDS_PER_SERVER = 0.045;
/** What each server adds to each other one: the API server counts all Services' addresses whenever one comes or goes. */
const SECONDS_PER_PAIR = 5.5e-6;

/**
 * How long the rest will take, in seconds: a guess at first, then by how long the turns so far took.
 *
 * @param done how many turns are over
 * @param elapsedSeconds how long they took
 */
export function secondsToGo(turns: readonly Turn[], done: number, elapsedSeconds: number): number {
  const guess = (some: readonly Turn[]) =>
    some.reduce(
      (sum, { servers }) => sum + FIXED_SECONDS + servers * (SECONDS_PER_SERVER + servers * SECONDS_PER_PAIR),
      0,
    );
  const pace = done === 0 ? 1 : elapsedSeconds / guess(turns.slice(0, done));
  return guess(turns.slice(done)) * pace;
}
