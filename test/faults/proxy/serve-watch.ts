import type { IncomingMessage } from 'node:http';
import { sleep } from '../../../src/runtime/clock.ts';
import type { Armed } from './armory.ts';
import { createLineSplitter, eventLine, parseEventLine } from './event-line.ts';
import type { Exchange, ProxyParts } from './exchange.ts';
import { fake, reset, tell } from './exchange.ts';
import type { WatchAction } from './fault.ts';
import { pass, stopAs } from './harm-event.ts';
import type { Mailbox } from './mailbox.ts';
import { createMailbox } from './mailbox.ts';
import { parsedJson } from './parsed-json.ts';
import { statusObject } from './status-body.ts';
import { passedHeaders } from './upstream.ts';
import type { WatchOutput } from './watch-output.ts';
import { openOutput } from './watch-output.ts';
import type { Arrival, WatchSession } from './watch-session.ts';
import { end } from './watch-session.ts';

/**
 * Passes a watch on, event by event, until either side ends it.
 *
 * @param armed what a fault does to it as a whole. Default: nothing
 */
export async function serveWatch(parts: ProxyParts, exchange: Exchange, armed?: Armed<WatchAction>): Promise<void> {
  const { entry, visitor } = exchange;
  if (armed !== undefined) tell(parts, armed, visitor.instance, entry.seq);
  const action = armed?.action;
  switch (action?.do) {
    case undefined:
      return follow(parts, exchange, {});
    case 'expire': {
      if (action.how === 'http') return fake(parts, exchange, { status: 410 });
      const output = openOutput(exchange);
      await output.write(eventLine('ERROR', statusObject(410)));
      output.end();
      return parts.recorder.ended(entry, 'faked', 200);
    }
    case 'bookmarks-only':
      return bookmarksOnly(parts, exchange, action, AbortSignal.any([exchange.gone, armed?.removed ?? exchange.gone]));
    case 'close-after-event':
      return follow(parts, exchange, { events: 1 });
    case 'chop':
      return follow(parts, exchange, { pieces: action.bytes });
  }
}

interface FollowOptions {
  /** Ends well after so many events, bookmarks left out. Default: never. */
  readonly events?: number;
  /** See `openOutput`. */
  readonly pieces?: number;
}

async function follow(parts: ProxyParts, exchange: Exchange, { events, pieces }: FollowOptions): Promise<void> {
  const { entry, gone } = exchange;
  let output: WatchOutput | undefined;
  if (parts.travel.versionOf(entry.resource) !== undefined) {
    // A server that is behind accepts the watch at once and has nothing to tell yet.
    output = openOutput(exchange, pieces);
    await parts.travel.present(entry.resource, gone);
  }
  const source = await openSource(parts, exchange);
  if (source === undefined) return;
  if (source.statusCode !== 200 && output === undefined) return passRefusal(parts, exchange, source);
  parts.recorder.committed(entry, { status: source.statusCode ?? 0, body: undefined });
  output ??= openOutput(exchange, pieces);

  const session: WatchSession = { parts, exchange, output, arrivals: createMailbox<Arrival>() };
  collect(session, source, session.arrivals);
  let left = events ?? Number.POSITIVE_INFINITY;
  for (;;) {
    const arrival = await session.arrivals.take(gone);
    if (arrival === undefined) break;
    if (typeof arrival === 'string') {
      stopAs(session, arrival);
      break;
    }
    if (!(await pass(session, arrival))) break;
    if (arrival.type !== 'BOOKMARK' && --left === 0) {
      end(session);
      break;
    }
  }
  source.destroy();
  // The operator has closed it, or was killed.
  if (gone.aborted) parts.recorder.ended(entry, 'lost', undefined);
}

async function openSource(parts: ProxyParts, exchange: Exchange): Promise<IncomingMessage | undefined> {
  try {
    return await parts.upstream.open(exchange.outgoing, exchange.gone);
  } catch (thrown) {
    if (!exchange.gone.aborted) {
      parts.recorder.note(exchange.visitor.instance, `the API server did not answer ${exchange.entry.seq}: ${thrown}`);
    }
    reset(parts, exchange);
    return undefined;
  }
}

/** The API server's own 4xx or 5xx. */
async function passRefusal(parts: ProxyParts, { entry, response }: Exchange, source: IncomingMessage): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of source) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const status = source.statusCode ?? 0;
  parts.recorder.committed(entry, { status, body: parsedJson(body.toString('utf8')) });
  response.writeHead(status, { ...passedHeaders(source.headers), 'content-length': body.length }).end(body);
  parts.recorder.ended(entry, 'answered', status);
}

/** Writes down every event when it comes, however long it then waits. */
function collect({ parts, exchange }: WatchSession, source: IncomingMessage, arrivals: Mailbox<Arrival>): void {
  const { recorder, armory } = parts;
  const split = createLineSplitter();
  let isWhole = false;
  source.on('data', (chunk: Buffer) => {
    for (const bytes of split(chunk)) {
      const line = parseEventLine(bytes);
      const entry = recorder.event(exchange.entry, line.type, line.object);
      arrivals.put({ ...line, entry, armed: armory.event(entry) });
    }
  });
  source.on('end', () => {
    isWhole = true;
  });
  // `error` comes before `close`, and tells nothing that `close` without an end does not.
  source.on('error', () => undefined);
  source.on('close', () => arrivals.put(isWhole ? 'end' : 'broken'));
}

/** As if nothing happened for long: the version that the watch began from is still the newest that it knows. */
async function bookmarksOnly(
  parts: ProxyParts,
  exchange: Exchange,
  { everyMs, ms }: Extract<WatchAction, { do: 'bookmarks-only' }>,
  ends: AbortSignal,
): Promise<void> {
  const { clock, recorder } = parts;
  const output = openOutput(exchange);
  const resourceVersion = exchange.entry.query.resourceVersion ?? '';
  const isMetadata = exchange.outgoing.headers.accept?.includes('as=PartialObjectMetadata');
  const type = isMetadata ? { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' } : {};
  const until = clock.monotonic() + ms;
  while (!ends.aborted && clock.monotonic() < until) {
    await output.write(eventLine('BOOKMARK', { ...type, metadata: { resourceVersion, creationTimestamp: null } }));
    await sleep(clock, Math.max(0, Math.min(everyMs, until - clock.monotonic())), ends);
  }
  output.end();
  recorder.ended(exchange.entry, 'faked', 200);
}
