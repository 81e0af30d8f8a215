import type { WatchEvent } from './client.ts';
import type { Clock } from './clock.ts';
import { ApiError } from './errors.ts';
import { createLineDecoder } from './line-decoder.ts';
import type { KubeObject } from './object.ts';
import { eventError } from './status-error.ts';
import type { Stream } from './transport.ts';

/** How much later than the server we end a watch, in milliseconds (as kube-rs does). */
const GRACE_MS = 5_000;

const types: ReadonlySet<string> = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK']);

/**
 * The events of an open watch.
 *
 * The deadline is `timeoutSeconds` and 5 s after the watch was opened, as by then the server has promised to have
 * ended it; a stream that is still talking is let be until it has been silent for 5 s. So a connection that dies
 * without a word is noticed at most `timeoutSeconds` + 5 s later, and a busy one is never cut.
 *
 * @param what the request, for messages
 * @throws ApiError `Gone` for an in-band 410, other codes for other ERROR events, `Malformed` for a line that is not
 *   an event or a stream that ends within a line, `Timeout` for silence, `Network` for a lost connection
 */
export async function* readWatch<T extends KubeObject>(
  stream: Stream,
  what: string,
  clock: Clock,
  timeoutSeconds: number,
): AsyncGenerator<WatchEvent<T>, void, undefined> {
  const lines = createLineDecoder();
  let heardAt = clock.monotonic();
  let cancel = clock.after(timeoutSeconds * 1000 + GRACE_MS, check);

  function check(): void {
    const silence = clock.monotonic() - heardAt;
    if (silence < GRACE_MS) {
      cancel = clock.after(GRACE_MS - silence, check);
      return;
    }
    const seconds = Math.round(silence / 1000);
    stream.fail(new ApiError('Timeout', `${what}: nothing heard for ${seconds} s, past the end of the watch`));
  }

  try {
    for await (const chunk of stream.chunks) {
      heardAt = clock.monotonic();
      for (const line of lines.push(chunk)) yield parseEvent<T>(line, what);
    }
    lines.end();
  } catch (thrown) {
    throw stream.errorOf(thrown);
  } finally {
    cancel();
    stream.release();
  }
}

function parseEvent<T extends KubeObject>(line: string, what: string): WatchEvent<T> {
  let event: { readonly type?: string; readonly object?: T } | null;
  try {
    event = JSON.parse(line);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // No cause: the parser's message quotes what it stumbled over, which may be a secret.
    throw new ApiError('Malformed', `${what}: a line is not JSON`);
  }
  const { type, object } = event ?? {};
  if (type === 'ERROR') throw eventError(what, object);
  if (!isEventType(type) || typeof object?.metadata?.resourceVersion !== 'string') {
    throw new ApiError('Malformed', `${what}: a line is not an event (type ${JSON.stringify(type)})`);
  }
  return { type, object };
}

function isEventType(type: string | undefined): type is WatchEvent<KubeObject>['type'] {
  return type !== undefined && types.has(type);
}
