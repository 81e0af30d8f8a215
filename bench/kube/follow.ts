import type { AnyObject, Api } from './api.ts';

/** What happened to an object. `LISTED`: it was there at the start. */
export type EventType = 'LISTED' | 'ADDED' | 'MODIFIED' | 'DELETED';

/** What to follow. */
export interface FollowOptions {
  /** The collection: `/apis/apps/v1/deployments`. */
  readonly path: string;
  /** Default: everything in the collection. */
  readonly labelSelector?: string;
  readonly onEvent: (type: EventType, object: AnyObject) => void;
  /** Told once of what ends it before the signal does. */
  readonly onFailure: (error: Error) => void;
  readonly signal: AbortSignal;
}

interface List {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly AnyObject[];
}

/**
 * Lists a collection once and watches it from there. A watch that the server ends is opened again where it ended; anything
 * else that goes wrong is told: who measures wants no quiet repair.
 *
 * @returns when what was there has been handed over and the watch is open
 */
export async function follow(api: Api, options: FollowOptions): Promise<void> {
  const { path, labelSelector, onEvent, onFailure, signal } = options;
  const selector = labelSelector === undefined ? '' : `&labelSelector=${encodeURIComponent(labelSelector)}`;
  // From the API server's own cache: the cheapest list that there is.
  const list: List = JSON.parse(await api.send('GET', `${path}?resourceVersion=0${selector}`));
  for (const item of list.items) onEvent('LISTED', item);
  let version = list.metadata.resourceVersion;
  const open = () =>
    api.stream(`${path}?watch=1&allowWatchBookmarks=true&resourceVersion=${version}${selector}`, signal);

  const read = async (first: AsyncIterable<Buffer>) => {
    for (let stream = first; ; stream = await open()) {
      for await (const line of linesOf(stream)) {
        const { type, object }: { type: EventType | 'BOOKMARK' | 'ERROR'; object: AnyObject } = JSON.parse(line);
        if (type === 'ERROR') throw new Error(`the watch of ${path} failed: ${line}`);
        version = object.metadata.resourceVersion ?? version;
        if (type !== 'BOOKMARK') onEvent(type, object);
      }
    }
  };
  read(await open()).catch((error: Error) => {
    if (!signal.aborted) onFailure(error);
  });
}

/** The lines of a stream; one that is not ended yet is kept for the next chunk. */
export async function* linesOf(stream: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest: Buffer[] = [];
  for await (const chunk of stream) {
    let from = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      const piece = chunk.subarray(from, at);
      yield rest.length === 0 ? piece.toString('utf8') : Buffer.concat([...rest, piece]).toString('utf8');
      rest = [];
      from = at + 1;
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
  }
}
