import { setImmediate as nextTurn } from 'node:timers/promises';
import { chop } from './chop.ts';
import type { Exchange } from './exchange.ts';

/** The end of a watch that the operator reads. */
export interface WatchOutput {
  /** Writes bytes, in pieces of their own when told so. @returns when they have left this process, or nobody reads */
  write(bytes: Buffer, pieces?: number | 'utf8'): Promise<void>;
  /** Ends the answer as the API server does when a watch has lasted long enough. */
  end(): void;
}

/**
 * Sends the headers of a watch.
 *
 * @param pieces the size of every chunk. Default: a line is one
 */
export function openOutput({ response, gone }: Exchange, pieces?: number): WatchOutput {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  response.socket?.setNoDelay(true);

  /** The callback of a write never comes when the connection is reset meanwhile. */
  function flush(bytes: Buffer): Promise<void> {
    return new Promise((resolve) => {
      if (gone.aborted) return resolve();
      const done = () => {
        gone.removeEventListener('abort', done);
        resolve();
      };
      gone.addEventListener('abort', done, { once: true });
      response.write(bytes, done);
    });
  }

  return {
    async write(bytes, size = pieces) {
      if (size === undefined) return flush(bytes);
      for (const piece of chop(bytes, size)) {
        await flush(piece);
        // A packet of its own for each piece.
        await nextTurn();
      }
    },
    end: () => void response.end(),
  };
}
