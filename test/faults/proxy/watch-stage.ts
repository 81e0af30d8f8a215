import assert from 'node:assert/strict';
import type { FakeClock } from '../../support/fake-clock.ts';
import type { FaultStream } from '../../support/fault-server.ts';
import { listOf, objectOf } from '../../support/fault-server.ts';
import { until } from '../../support/until.ts';
import type { EventAction, EventMatch, FaultSpec, WatchAction } from './fault.ts';
import type { FaultProxyOptions } from './proxy-contract.ts';
import type { ProxyStage, SeenAnswer } from './proxy-stage.ts';
import { createProxyStage } from './proxy-stage.ts';
import type { EventEntry } from './trace.ts';

/** A watch from version 5. */
export const path = '/api/v1/namespaces/a/pods?watch=true&resourceVersion=5';

/** A watch that is open, both its ends, and what has come out of it. */
export interface Watching extends ProxyStage {
  /** The API server's end of each watch so far. */
  readonly streams: readonly FaultStream[];
  readonly stream: FaultStream;
  /** `TYPE name@version` of each line that arrived. */
  seen(): readonly string[];
  /** Each piece as it arrived. */
  readonly pieces: readonly Buffer[];
  readonly ended: Promise<SeenAnswer | Error>;
  readonly events: () => readonly EventEntry[];
}

/** Opens one, with faults that wait for it. */
export async function watching(
  faults: readonly FaultSpec[],
  options: Partial<FaultProxyOptions> = {},
): Promise<Watching> {
  const streams: FaultStream[] = [];
  const stage = await createProxyStage((request) => {
    if (request.query.get('watch') === 'true') streams.push(request.open());
    else request.json(listOf('9', []));
  }, options);
  for (const fault of faults) stage.proxy.inject(fault);
  const pieces: Buffer[] = [];
  const ended = stage
    .ask(path, { onChunk: (chunk) => pieces.push(chunk) })
    .catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
  const opensNone = faults.some(
    ({ on, action }) => on === 'watch' && (action.do === 'expire' || action.do === 'bookmarks-only'),
  );
  if (!opensNone) await until(() => streams.length > 0, { what: 'the watch', intervalMs: 2 });
  return {
    ...stage,
    streams,
    get stream() {
      const [first] = streams;
      assert.ok(first);
      return first;
    },
    pieces,
    ended,
    seen() {
      const lines = Buffer.concat(pieces).toString('utf8').split('\n').slice(0, -1);
      return lines.map((line) => {
        const { type, object } = JSON.parse(line);
        return type === 'ERROR'
          ? `ERROR ${object.code}`
          : `${type} ${object.metadata.name ?? ''}@${object.metadata.resourceVersion}`;
      });
    },
    events: () => stage.proxy.trace.filter((entry): entry is EventEntry => entry.kind === 'event'),
  };
}

/** A fault of the n-th event of a pod. */
export const at = (action: EventAction, match: Partial<EventMatch> = {}, nth = 1): FaultSpec => ({
  on: 'event',
  match: { resource: 'pods', ...match },
  nth,
  action,
});
/** A fault of the first watch. */
export const whole = (action: WatchAction, times = 1): FaultSpec => ({
  on: 'watch',
  match: { resource: 'pods' },
  nth: 1,
  times,
  action,
});

/** A pod of namespace `a`. */
export const pod = (name: string, version: number, more: object = {}) => objectOf(name, String(version), more);
/** Waits until exactly these lines have come out of it. */
export const untilSeen = (watch: Watching, ...lines: readonly string[]) =>
  until(() => watch.seen().length >= lines.length && assert.deepEqual(watch.seen(), lines) === undefined, {
    what: `${lines.length} lines`,
    intervalMs: 2,
    deadlineMs: 5_000,
  });
/** Waits until so many events have gone into it. */
export const untilArrived = (watch: Watching, count: number) =>
  until(() => watch.events().length === count, { what: `${count} events`, intervalMs: 2 });
/** Waits until something waits for the clock. */
export const untilWaiting = (clock: FakeClock) =>
  until(() => clock.pending().length > 0, { what: 'a wait', intervalMs: 2 });
