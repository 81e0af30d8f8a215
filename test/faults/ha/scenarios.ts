import assert from 'node:assert/strict';
import type { TestControlPlane } from '../../support/control-plane.ts';
import { until } from '../../support/until.ts';
import { isFenced } from './interleaving.ts';
import type { PassingRequest, SeenWrite } from './link.ts';
import type { Pair, Replica } from './pair.ts';

/** Ways for a leader to end, and what must be true of each. They check what is right, and return what was measured. */

/** How long after the fault the other one wrote first, in milliseconds. */
export type TakeOverMs = number;

export const isLeaseCall = ({ path }: Pick<PassingRequest, 'path'>): boolean => path.includes('/leases');

/** In order: it gives the lease back, and the other takes it at its next look. */
export async function terminated(pair: Pair): Promise<TakeOverMs> {
  const at = performance.now();
  pair.leader.operator.kill('SIGTERM');
  assert.equal(await pair.leader.operator.ended, 0);
  return takenOver(pair, at);
}

/** Without a word: the other waits until the lease has run out. */
export async function killed(pair: Pair): Promise<TakeOverMs> {
  const at = performance.now();
  pair.leader.operator.kill('SIGKILL');
  return takenOver(pair, at);
}

/**
 * Stopped for longer than its lease, as by a debugger, a frozen container or a machine that swaps, and continued.
 *
 * @param pauseMs at least; longer when the other one needs longer to take over
 */
export async function paused(pair: Pair, pauseMs: number): Promise<{ readonly writesAfterResume: number }> {
  const { leader, standby } = pair;
  const at = performance.now();
  leader.operator.kill('SIGSTOP');
  await takenOver(pair, at);
  await until(() => performance.now() - at >= pauseMs, { what: 'the pause to be over' });
  // It wakes up to a queue full of what was changed meanwhile, and to a fence that was open when it fell asleep.
  const resumedAt = performance.now();
  leader.operator.kill('SIGCONT');
  await endsAsDeposed(leader);
  await finish(pair, standby);
  return { writesAfterResume: leader.link.writes.filter(({ at: then }) => then > resumedAt).length };
}

/**
 * Stopped, succeeded and continued, like `paused`, but with a defect: nothing ends it and nothing holds it back. What
 * `turns` says then is what makes its silence in the other scenarios worth something.
 */
export async function pausedWithoutFence({ leader, standby, workload, turns }: Pair): Promise<readonly string[]> {
  leader.operator.kill('SIGSTOP');
  await firstWriteOf(standby);
  const resumedAt = performance.now();
  leader.operator.kill('SIGCONT');
  const wroteOn = () => leader.link.writes.some((write) => isFenced(write) && write.at > resumedAt);
  await until(wroteOn, { what: 'a write of the deposed leader' });
  await workload.stop();
  return turns();
}

/** Somebody writes another name into the lease, without asking anybody. */
export async function robbed(pair: Pair, plane: TestControlPlane): Promise<{ readonly noticedMs: number }> {
  const { leader, standby } = pair;
  await plane.send('PATCH', pair.leasePath, { spec: { holderIdentity: 'thief' } });
  const at = performance.now();
  await endsAsDeposed(leader);
  const noticedMs = performance.now() - at;
  assert.match(leader.operator.stderr(), /thief holds it now; another process may lead now/);
  // The thief does not live on the lease: it is waited for as for any other holder, and then it is replaced.
  await standby.operator.untilLine('this process leads');
  await finish(pair, standby);
  return { noticedMs };
}

/**
 * The calls about the lease are not answered any more; all others are.
 *
 * @param where `answer`: the API server still renews the lease, and the leader does not know
 */
export async function cutOff(pair: Pair, where: 'request' | 'answer'): Promise<{ readonly fencedMs: number }> {
  const { leader, standby } = pair;
  const at = performance.now();
  leader.link.mute(where, isLeaseCall);
  await endsAsDeposed(leader);
  await standby.operator.untilLine('this process leads');
  await finish(pair, standby);
  const last = Math.max(at, ...leader.link.writes.filter(isFenced).map((write) => write.at));
  return { fencedMs: last - at };
}

/** Waits until the other one has written, and until everything is right. */
async function takenOver(pair: Pair, since: number): Promise<TakeOverMs> {
  const { standby } = pair;
  const first = await firstWriteOf(standby);
  await finish(pair, standby);
  return first.at - since;
}

async function firstWriteOf({ operator, link }: Replica): Promise<SeenWrite> {
  await operator.untilLine('this process leads');
  return until(() => link.writes.find(isFenced), { what: 'a write of the new leader' });
}

async function endsAsDeposed({ operator }: Replica): Promise<void> {
  assert.equal(await operator.ended, 1);
  const { error } = await operator.untilLine('cannot go on');
  assert.equal((error as { readonly code: string }).code, 'LeaseLost');
}

/** Nothing is lost, nothing is wrong, and never were there two who wrote. */
async function finish(pair: Pair, last: Replica): Promise<void> {
  await pair.workload.untilRight();
  assert.deepEqual(pair.turns(), [pair.leader.name, last.name]);
  const { holderIdentity, leaseTransitions } = await pair.lease();
  assert.ok(holderIdentity, 'somebody holds the lease');
  assert.ok((leaseTransitions ?? 0) >= 1);
  assert.doesNotMatch(last.operator.stderr(), /"level":"error"|unhandled/i);
}
