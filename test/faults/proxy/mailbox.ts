/** What arrives, in order, for one who takes it when he is ready. */
export interface Mailbox<T> {
  put(item: T): void;
  /**
   * The oldest item; waits for one. Only one may wait at a time.
   *
   * @returns undefined when the signal aborts first
   */
  take(signal: AbortSignal): Promise<T | undefined>;
}

/** An empty one. */
export function createMailbox<T>(): Mailbox<T> {
  const items: T[] = [];
  let wake: (() => void) | undefined;

  function arrival(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        signal.removeEventListener('abort', done);
        wake = undefined;
        resolve();
      };
      wake = done;
      signal.addEventListener('abort', done);
    });
  }

  return {
    put(item) {
      items.push(item);
      wake?.();
    },
    async take(signal) {
      while (items.length === 0 && !signal.aborted) await arrival(signal);
      return signal.aborted ? undefined : items.shift();
    },
  };
}
