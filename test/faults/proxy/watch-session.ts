import type { Armed } from './armory.ts';
import type { EventLine } from './event-line.ts';
import type { Exchange, ProxyParts } from './exchange.ts';
import type { EventAction } from './fault.ts';
import type { Mailbox } from './mailbox.ts';
import type { OpenEvent } from './recorder.ts';
import type { WatchOutput } from './watch-output.ts';

/** An event on its way to the operator. */
export interface Passing extends EventLine {
  readonly entry: OpenEvent;
  /** What is to happen to it. */
  readonly armed: Armed<EventAction> | undefined;
}

/** What the API server's side of a watch gives: events, and an end. */
export type Arrival = Passing | 'end' | 'broken';

/** One watch that is open. */
export interface WatchSession {
  readonly parts: ProxyParts;
  readonly exchange: Exchange;
  readonly arrivals: Mailbox<Arrival>;
  readonly output: WatchOutput;
}

/** Sends an event as it is. @param pieces see `WatchOutput.write` */
export async function send({ parts, output }: WatchSession, passing: Passing, pieces?: number | 'utf8'): Promise<void> {
  parts.recorder.sent(passing.entry);
  await output.write(passing.bytes, pieces);
}

/** Ends the watch well. */
export function end({ parts, exchange, output }: WatchSession): void {
  parts.recorder.ended(exchange.entry, 'answered', 200);
  output.end();
}
