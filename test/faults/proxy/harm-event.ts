import { sleep } from '../../../src/runtime/clock.ts';
import type { Armed } from './armory.ts';
import { describeAction } from './describe-fault.ts';
import { eventLine, merged } from './event-line.ts';
import { reset, tell } from './exchange.ts';
import type { EventAction, TimeTravelAction } from './fault.ts';
import { silence } from './serve-request.ts';
import { statusObject } from './status-body.ts';
import { versionOfEvent } from './travel.ts';
import type { Arrival, Passing, WatchSession } from './watch-session.ts';
import { end, send } from './watch-session.ts';

/** Whether the watch goes on. */
export type GoesOn = boolean;

/** Sends an event, or does to it what a fault says. */
export async function pass(session: WatchSession, passing: Passing): Promise<GoesOn> {
  if (passing.armed !== undefined) return harmEvent(session, passing, passing.armed);
  await send(session, passing);
  return true;
}

async function harmEvent(session: WatchSession, passing: Passing, armed: Armed<EventAction>): Promise<GoesOn> {
  const { parts, exchange, output } = session;
  const { instance } = exchange.visitor;
  const { action } = armed;
  if (action.do === 'time-travel') return travel(session, passing, armed, action);
  tell(parts, armed, instance, passing.entry.seq);
  const ends = AbortSignal.any([exchange.gone, armed.removed]);
  switch (action.do) {
    case 'hold':
      await sleep(parts.clock, action.ms, ends);
      await send(session, passing);
      return true;
    case 'unobserved':
      return leaveOut(session, passing, armed, action);
    case 'duplicate':
      await send(session, passing);
      for (let copy = 0; copy < action.copies; copy++) await output.write(passing.bytes);
      return true;
    case 'error':
      if (action.afterMs !== undefined) return failLater(session, passing, armed, action.code, action.afterMs);
      return fail(session, action.code);
    case 'black-hole':
      await silence(parts, ends, action.ms);
      reset(parts, exchange);
      return false;
    case 'reset':
      if (action.when === 'after') await send(session, passing);
      reset(parts, exchange);
      return false;
    case 'close':
      if (action.when === 'after') await send(session, passing);
      end(session);
      return false;
    case 'truncate':
      await output.write(passing.bytes.subarray(0, Math.floor(passing.bytes.length / 2)));
      end(session);
      return false;
    case 'chop':
      await send(session, passing, action.bytes);
      return true;
    case 'crash':
      parts.doom(instance);
      if (action.when === 'after') await send(session, passing);
      await parts.crash(instance, `crash ${action.when} event ${passing.entry.seq}`);
      return false;
  }
}

/** An ERROR event, and the end. */
async function fail(session: WatchSession, code: 410 | 500): Promise<GoesOn> {
  await session.output.write(eventLine('ERROR', statusObject(code)));
  end(session);
  return false;
}

/** The event is seen, and whatever comes within `ms` after it; then the watch fails. */
async function failLater(
  session: WatchSession,
  first: Passing,
  { removed }: Armed<EventAction>,
  code: 410 | 500,
  ms: number,
): Promise<GoesOn> {
  const { parts, exchange, arrivals } = session;
  const over = new AbortController();
  const cancel = parts.clock.after(ms, () => over.abort());
  const signal = AbortSignal.any([exchange.gone, removed, over.signal]);
  try {
    for (let next: Arrival | undefined = { ...first, armed: undefined }; next !== undefined; ) {
      if (typeof next === 'string') return stopAs(session, next);
      if (!(await pass(session, next))) return false;
      next = await arrivals.take(signal);
    }
  } finally {
    cancel();
  }
  return over.signal.aborted && !exchange.gone.aborted ? fail(session, code) : true;
}

/**
 * The watch stands still from the event to the one that hides it. Other objects' events wait too: a later version must
 * not overtake an earlier one.
 */
async function leaveOut(
  session: WatchSession,
  first: Passing,
  armed: Armed<EventAction>,
  { until, ms }: Extract<EventAction, { do: 'unobserved' }>,
): Promise<GoesOn> {
  const { parts, exchange, arrivals } = session;
  const patience = new AbortController();
  const cancel = parts.clock.after(ms, () => patience.abort());
  const signal = AbortSignal.any([exchange.gone, armed.removed, patience.signal]);
  const held: Passing[] = [first];
  let last: Passing | undefined;
  let stop: Exclude<Arrival, Passing> | undefined;
  while (last === undefined && stop === undefined) {
    const next = await arrivals.take(signal);
    if (next === undefined) break;
    if (typeof next === 'string') stop = next;
    else if (isSameObject(next, first) && (until === undefined || next.type === until)) last = next;
    else held.push(next);
  }
  cancel();
  // The watch has ended by itself: what was not sent is sent on the next.
  if (stop !== undefined) return stopAs(session, stop);
  for (const one of held) {
    if (last !== undefined && isSameObject(one, first)) continue;
    if (!(await pass(session, one === first ? { ...one, armed: undefined } : one))) return false;
  }
  if (last === undefined) {
    parts.recorder.note(exchange.visitor.instance, `event ${first.entry.seq} was seen: no other came within ${ms} ms`);
    return true;
  }
  const bytes = merged(first.type, last);
  if (bytes === undefined) return true;
  return pass(session, { ...last, bytes, armed: last.armed ?? undefined });
}

/** Ends a watch as the API server has ended its side. */
export function stopAs(session: WatchSession, stop: 'end' | 'broken'): GoesOn {
  if (stop === 'end') end(session);
  else reset(session.parts, session.exchange);
  return false;
}

async function travel(
  session: WatchSession,
  passing: Passing,
  armed: Armed<EventAction>,
  { to, nth, resources, ms, restart }: TimeTravelAction,
): Promise<GoesOn> {
  const { parts, exchange } = session;
  const { instance } = exchange.visitor;
  const version = versionOfEvent(parts.recorder.entries, to, nth, parts.placeholders);
  if (version === undefined) {
    parts.recorder.note(instance, `fault ${armed.number} cannot be done: ${describeAction(armed.spec)} was not seen`);
    await send(session, passing);
    return true;
  }
  if (restart) parts.doom(instance);
  await send(session, passing);
  tell(parts, armed, instance, passing.entry.seq);
  parts.travel.begin({ version, resources, ms, signal: armed.removed });
  if (restart) await parts.crash(instance, `crash, and back to @${version}`);
  else parts.resetWatches(instance, resources);
  return false;
}

function isSameObject(a: Passing, b: Passing): boolean {
  return a.entry.namespace === b.entry.namespace && a.entry.name === b.entry.name && a.type !== 'BOOKMARK';
}
