import { setTimeout as sleep } from 'node:timers/promises';
import type { TestControlPlane } from '../../support/control-plane.ts';
import { until } from '../../support/until.ts';
import { type Pair, startPair } from './pair.ts';

/** A watch can be silent for ever without being closed: a firewall that forgot it, a proxy that hangs. */

/**
 * Silences every watch that a leader has open, without a word to either side, and changes servers meanwhile.
 *
 * @returns how long it took until the leader had another watch of MCPServers, in milliseconds
 */
export async function blackHole({ leader, workload }: Pair): Promise<{ readonly noticedMs: number }> {
  const before = leader.link.watches('mcpservers');
  const at = performance.now();
  leader.link.mute('answer', ({ isWatch }) => isWatch);
  // Only what is open now is lost: like a firewall's memory, not like a network that is away.
  leader.link.unmute();
  await until(() => leader.link.watches('mcpservers') > before, { what: 'another watch', deadlineMs: 120_000 });
  const noticedMs = performance.now() - at;
  await workload.untilRight();
  return { noticedMs };
}

/** The same with a pair of its own. @param pauseMs how old the watches are when they fall silent */
export async function blackHoleOf(plane: TestControlPlane, pauseMs: number): Promise<{ readonly noticedMs: number }> {
  await using pair = await startPair(plane);
  await sleep(pauseMs);
  return await blackHole(pair);
}
