/**
 * Keeps the process up. The clock's timers do not (`clock.ts`), so a process that only waits, for the next try to reach
 * the API server or for a lease, would end in the middle of waiting.
 *
 * @returns a function that lets it go
 */
export function keepAlive(): () => void {
  const timer = setInterval(() => undefined, 2 ** 30);
  return () => clearInterval(timer);
}
