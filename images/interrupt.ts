/**
 * Runs something that Ctrl-C, SIGTERM and a closed terminal stop through a signal, so that it can clean up.
 * A second Ctrl-C ends the process at once, as it would without this.
 *
 * @param work is given the signal
 * @returns what the work returned
 */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = () => controller.abort();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.once(signal, stop);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of signals) process.off(signal, stop);
  }
}
