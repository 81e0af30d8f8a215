import type { RequestCounts } from '../../bench/race/audit.ts';
import type { PhaseResult, TurnResult } from '../../bench/race/phase-result.ts';

/** Results of races that never were, for the tests of what is made from them. */

/** A phase in which nothing remarkable happened. */
export function aPhase(fields: Partial<PhaseResult> = {}, requests: Partial<RequestCounts> = {}): PhaseResult {
  return {
    seconds: 10,
    cpuSeconds: 2,
    rss: 100,
    peakRss: 120,
    sockets: 22,
    loop: { p50: 0.1, p99: 12, max: 30 },
    requests: { writes: 0, gets: 0, lists: 0, watches: 0, refused: 0, writesBy: {}, ...requests },
    ...fields,
  };
}

/** A turn with a burst of 500, which took so many seconds, and what else is given. */
export function aTurn(contestant: string, burstSeconds: number, fields: Partial<TurnResult> = {}): TurnResult {
  const burst = aPhase({ seconds: burstSeconds }, { writes: 1_500, writesBy: { 'patch services': 500 } });
  return { contestant, servers: 500, run: 1, ...fields, phases: { burst, ...fields.phases } };
}
