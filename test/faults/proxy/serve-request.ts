import { pipeline } from 'node:stream/promises';
import { sleep } from '../../../src/runtime/clock.ts';
import type { Armed } from './armory.ts';
import { describeAction } from './describe-fault.ts';
import type { Exchange, ProxyParts } from './exchange.ts';
import { fake, reset, tell } from './exchange.ts';
import type { RequestAction } from './fault.ts';
import { parsedJson } from './parsed-json.ts';
import { olderList, versionOfEvent } from './travel.ts';
import type { WholeAnswer } from './upstream.ts';
import { passedHeaders } from './upstream.ts';

/** Passes a request on and its answer back, unharmed. Lists show the past while the proxy travels. */
export async function passRequest(parts: ProxyParts, exchange: Exchange): Promise<void> {
  if (exchange.entry.verb === 'other') return passStream(parts, exchange);
  const { verb, resource } = exchange.entry;
  const past = verb === 'list' ? parts.travel.versionOf(resource) : undefined;
  const answer = await commit(parts, exchange, past);
  if (answer !== undefined) deliver(parts, exchange, answer);
}

/**
 * Does to a request what a fault says. Everything that is done to a watch is done before it is opened: what a watch
 * would have answered has no end to wait for.
 */
export async function harmRequest(parts: ProxyParts, exchange: Exchange, armed: Armed<RequestAction>): Promise<void> {
  const { action } = armed;
  const { entry, visitor, gone } = exchange;
  const { instance } = visitor;
  const version = action.do === 'list-older' ? versionFor(parts, action) : undefined;
  if (action.do === 'list-older' && version === undefined) {
    parts.recorder.note(instance, `fault ${armed.number} cannot be done: ${describeAction(armed.spec)} was not seen`);
    return passRequest(parts, exchange);
  }
  tell(parts, armed, instance, entry.seq);
  const ends = AbortSignal.any([gone, armed.removed]);
  const done = (committed: boolean) => (committed && entry.verb !== 'watch' ? commit(parts, exchange) : undefined);
  switch (action.do) {
    case 'crash':
      return crashAt(parts, exchange, action.when);
    case 'answer':
      await done(action.commit);
      return fake(parts, exchange, action);
    case 'reset':
      await done(action.commit);
      return reset(parts, exchange);
    case 'hold': {
      if (action.what === 'request') {
        await sleep(parts.clock, action.ms, ends);
        return passRequest(parts, exchange);
      }
      const answer = await commit(parts, exchange);
      await sleep(parts.clock, action.ms, ends);
      if (answer !== undefined) deliver(parts, exchange, answer);
      return;
    }
    case 'black-hole':
      await done(action.commit);
      await silence(parts, ends, action.ms);
      return reset(parts, exchange);
    case 'truncate': {
      const answer = entry.verb === 'watch' ? undefined : await commit(parts, exchange);
      return answer === undefined ? reset(parts, exchange) : truncate(parts, exchange, answer);
    }
    case 'list-older': {
      const answer = await commit(parts, exchange, version);
      if (answer !== undefined) deliver(parts, exchange, answer);
      return;
    }
  }
}

/** Nothing happens, for `ms` or until the signal. */
export function silence({ clock }: ProxyParts, ends: AbortSignal, ms: number | null): Promise<void> {
  if (ms !== null) return sleep(clock, ms, ends);
  return new Promise((resolve) => {
    if (ends.aborted) return resolve();
    ends.addEventListener('abort', () => resolve(), { once: true });
  });
}

function versionFor({ recorder, placeholders }: ProxyParts, action: RequestAction & { do: 'list-older' }) {
  return versionOfEvent(recorder.entries, action.to, action.nth, placeholders);
}

async function crashAt(
  parts: ProxyParts,
  exchange: Exchange,
  when: 'before' | 'after-commit' | 'after-answer',
): Promise<void> {
  const { entry, visitor } = exchange;
  if (when === 'before') parts.doom(visitor.instance);
  const answer = when === 'before' || entry.verb === 'watch' ? undefined : await commit(parts, exchange);
  parts.doom(visitor.instance);
  if (when === 'after-answer' && answer !== undefined) await deliver(parts, exchange, answer);
  else parts.recorder.ended(entry, 'lost', undefined);
  await parts.crash(visitor.instance, `crash ${when} of request ${entry.request}`);
}

/**
 * Sends the request to the API server and writes its answer into the trace.
 *
 * @param past of a list: as it was at this version
 * @returns undefined when there is no API server, or no answer; the connection is then reset, as it would have been
 */
async function commit(parts: ProxyParts, exchange: Exchange, past?: string): Promise<WholeAnswer | undefined> {
  const { entry, outgoing } = exchange;
  try {
    const url = past === undefined ? outgoing.url : olderList(outgoing.url, past);
    const answer = await parts.upstream.send({ ...outgoing, url });
    parts.recorder.committed(entry, { status: answer.status, body: parsedJson(answer.body.toString('utf8')) });
    return answer;
  } catch (thrown) {
    parts.recorder.note(exchange.visitor.instance, `the API server did not answer ${entry.seq}: ${thrown}`);
    reset(parts, exchange);
    return undefined;
  }
}

/** @returns when the answer has left this process */
function deliver(parts: ProxyParts, { entry, response }: Exchange, answer: WholeAnswer): Promise<void> {
  const { status, headers, body } = answer;
  response.writeHead(status, { ...passedHeaders(headers), 'content-length': body.length });
  parts.recorder.ended(entry, 'answered', status);
  return new Promise((resolve) => {
    response.once('close', resolve);
    response.end(body, () => resolve());
  });
}

/** The headers promise the whole body; half of it comes, and then the end of the connection. */
async function truncate(parts: ProxyParts, exchange: Exchange, { status, headers, body }: WholeAnswer): Promise<void> {
  const { response, entry } = exchange;
  response.writeHead(status, { ...passedHeaders(headers), 'content-length': body.length });
  parts.recorder.ended(entry, 'lost', status);
  const half = body.subarray(0, Math.floor(body.length / 2));
  await new Promise((resolve) => response.write(half, resolve));
  response.destroy();
}

/** What somebody behind the API server answers may go on for long: it is passed on as it comes, unread. */
async function passStream(parts: ProxyParts, exchange: Exchange): Promise<void> {
  const { entry, outgoing, response, gone, visitor } = exchange;
  try {
    const answer = await parts.upstream.open(outgoing, gone);
    const status = answer.statusCode ?? 0;
    parts.recorder.committed(entry, { status, body: undefined });
    response.writeHead(status, passedHeaders(answer.headers));
    response.flushHeaders();
    await pipeline(answer, response);
    parts.recorder.ended(entry, 'answered', status);
  } catch (thrown) {
    if (!gone.aborted) parts.recorder.note(visitor.instance, `the answer to ${entry.seq} broke off: ${thrown}`);
    reset(parts, exchange);
  }
}
