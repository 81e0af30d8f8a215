/**
 * Works on some items, so many at a time, in order of their start.
 *
 * @param work what it returns is passed on in the items' order; the first that throws ends the pool
 * @param signal starts nothing more when it is aborted; what runs is waited for. Default: never
 * @returns a result for each item that was started
 */
export async function pool<T, R>(
  items: readonly T[],
  jobs: number,
  work: (item: T) => Promise<R>,
  signal?: AbortSignal,
): Promise<readonly R[]> {
  const results: R[] = [];
  let next = 0;
  let failed = false;
  async function worker(): Promise<void> {
    while (next < items.length && !failed && !signal?.aborted) {
      const index = next++;
      try {
        results[index] = await work(items[index] as T);
      } catch (thrown) {
        failed = true;
        throw thrown;
      }
    }
  }
  const workers = await Promise.allSettled(Array.from({ length: Math.max(1, jobs) }, worker));
  const broken = workers.find((each) => each.status === 'rejected');
  if (broken !== undefined) throw broken.reason;
  return results;
}
