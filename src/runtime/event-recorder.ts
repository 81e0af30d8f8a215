import type { Client } from './client.ts';
import { sleep } from './clock.ts';
import type { Component } from './component.ts';
import { ApiError } from './errors.ts';
import { createEventBook, type EventBookOptions, type Told } from './event-book.ts';
import { type EventSource, type EventSubject, events, type Happening, newEvent } from './event-object.ts';
import { createFifo } from './fifo.ts';
import type { Logger } from './log.ts';
import { secondsTimestamp } from './seconds-timestamp.ts';

/** What a recorder is made of. */
export interface RecorderOptions extends EventBookOptions {
  readonly client: Pick<Client, 'create' | 'mergePatch'>;
  readonly log: Logger;
  readonly source: EventSource;
  /** How many events may wait to be sent; more are dropped. Default 4,096. */
  readonly maxWaiting?: number;
  /** How long stopping waits for events that are not sent yet, in milliseconds. Default 2,000. */
  readonly flushMs?: number;
}

/** Tells people what happened to an object, where `kubectl describe` shows it. */
export interface Recorder extends Component {
  /**
   * Records an event and returns at once. The same event again within ten minutes raises the count of the first one.
   * Nothing is thrown and nothing is tried twice: an event is a courtesy, and never worth an outage.
   */
  record(subject: EventSubject, happening: Happening): void;
}

/** Events being sent at the same time. More would only be in the way of the requests that matter. */
const maxSenders = 4;

/** A recorder of events, with bounded memory, a bound on what one object can cause, and a bounded number of requests. */
export function createRecorder(options: RecorderOptions): Recorder {
  const { client, clock, log, source, maxWaiting = 4_096, flushMs = 2_000 } = options;
  const book = createEventBook(options);
  const line = createFifo<Told>();
  const idle: (() => void)[] = [];
  /** Namespaces in which the API server does not let us tell anything, and the log says so. */
  const forbidden = new Set<string>();
  let senders = 0;
  let serial = 0;
  let closed = false;

  function drop(why: string, subject: EventSubject, { reason }: Happening): void {
    const { namespace, name } = subject.metadata;
    log.debug('event dropped', { why, kind: subject.resource.kind, namespace, name, reason });
  }

  function enqueue(event: Told): void {
    if (event.queued) return;
    event.queued = true;
    line.push(event);
    if (senders < maxSenders) void sendAll();
  }

  async function sendAll(): Promise<void> {
    senders += 1;
    for (let event = line.shift(); event !== undefined; event = line.shift()) await send(event);
    senders -= 1;
    if (senders === 0) for (const resolve of idle.splice(0)) resolve();
  }

  async function send(event: Told): Promise<void> {
    const { count } = event;
    try {
      if (event.stored === undefined) await create(event, count);
      else await raise(event, event.stored, count);
      forbidden.delete(event.subject.metadata.namespace ?? '');
    } catch (thrown) {
      complain(event, ApiError.from(thrown));
    }
    event.queued = false;
    // It happened again while it was being sent. A failed one waits for its next time instead: no loop.
    if (event.stored !== undefined && event.count > count) enqueue(event);
  }

  /** Not worth a line each time, but a missing right would never show: nothing else of the operator needs it. */
  function complain({ subject, happening }: Told, error: ApiError): void {
    const { namespace = '', name } = subject.metadata;
    if (isMissingRight(error) && !forbidden.has(namespace)) {
      forbidden.add(namespace);
      const fix = 'grant create, patch on events';
      log.warn('events cannot be stored; everything else goes on', { namespace, fix, error });
    }
    log.debug('event not stored', { namespace, name, ...happening, error });
  }

  async function create(event: Told, count: number): Promise<void> {
    const object = { ...newEvent(event.subject, event.happening, source, clock.now(), serial), count };
    serial += 1;
    const { metadata } = await client.create(events, object);
    event.stored = { namespace: metadata.namespace, name: metadata.name };
  }

  async function raise(event: Told, stored: NonNullable<Told['stored']>, count: number): Promise<void> {
    try {
      const patch = { count, lastTimestamp: secondsTimestamp(clock.now()) };
      await client.mergePatch(events, stored.namespace, stored.name, patch);
    } catch (thrown) {
      const error = ApiError.from(thrown);
      if (error.code !== 'NotFound') throw error;
      // The API server forgets events after an hour, and people delete them: tell it anew.
      event.stored = undefined;
      await create(event, count);
    }
  }

  return {
    name: 'event recorder',
    record(subject, happening) {
      if (closed) return drop('stopping', subject, happening);
      const event = book.note(subject, happening);
      if (event === undefined) return drop('too many about this object', subject, happening);
      if (!event.queued && line.size() >= maxWaiting) return drop('too many wait to be sent', subject, happening);
      enqueue(event);
    },
    start: () => undefined,
    async stop() {
      closed = true;
      if (senders === 0) return;
      const done = new AbortController();
      await Promise.race([new Promise<void>((resolve) => idle.push(resolve)), sleep(clock, flushMs, done.signal)]);
      done.abort();
      if (senders > 0) log.debug('events dropped', { why: 'stopping', events: line.size() + senders });
    },
  };
}

/** A namespace that is being deleted, or whose quota of events is used up, is 403 as well. */
function isMissingRight({ code, message }: ApiError): boolean {
  return code === 'Forbidden' && / cannot (create|patch) resource /.test(message);
}
