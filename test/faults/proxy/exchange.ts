import type { ServerResponse } from 'node:http';
import type { Clock } from '../../../src/runtime/clock.ts';
import type { Armed, Armory } from './armory.ts';
import { describeAction } from './describe-fault.ts';
import type { StatusAnswer } from './fault.ts';
import type { Visitor } from './front.ts';
import type { Placeholders } from './match.ts';
import type { OpenRequest, Recorder } from './recorder.ts';
import { fakeAnswer } from './status-body.ts';
import type { Travel } from './travel.ts';
import type { Outgoing, Upstream } from './upstream.ts';

/** What the parts of a proxy share. */
export interface ProxyParts {
  readonly clock: Clock;
  readonly recorder: Recorder;
  readonly armory: Armory;
  readonly upstream: Upstream;
  readonly travel: Travel;
  readonly placeholders: Placeholders;
  /** Passes on nothing more of an instance: between an answer and the crash after it no further request gets through. */
  doom(instance: string): void;
  /** Kills an instance. */
  crash(instance: string, reason: string): Promise<void>;
  /** Resets the open watches of these resources (none: of all) of one instance. */
  resetWatches(instance: string, resources: readonly string[]): void;
}

/** One request, whole, with its place in the trace and the way to answer it. */
export interface Exchange {
  readonly entry: OpenRequest;
  readonly outgoing: Outgoing;
  readonly visitor: Visitor;
  readonly response: ServerResponse;
  /** Aborted when the operator has closed the connection. */
  readonly gone: AbortSignal;
}

/** Writes a fault into the trace and counts it as done. */
export function tell(
  { recorder }: ProxyParts,
  armed: Armed<unknown>,
  instance: string,
  of: number,
  text?: string,
): void {
  armed.fire();
  recorder.fault(instance, of, armed.number, text ?? describeAction(armed.spec));
}

/** Resets the connection; the request has then no answer. */
export function reset({ recorder }: ProxyParts, { entry, visitor }: Exchange): void {
  recorder.ended(entry, 'lost', undefined);
  visitor.reset();
}

/** An answer of the proxy's own. */
export function fake({ recorder }: ProxyParts, { entry, response }: Exchange, answer: StatusAnswer): void {
  const { status, headers, body } = fakeAnswer(answer);
  response.writeHead(status, headers).end(body);
  recorder.ended(entry, 'faked', status);
}
