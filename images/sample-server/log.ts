/** Takes an event: its name and what is worth knowing about it. Never a request's content. */
export type Log = (event: string, details?: Readonly<Record<string, string | number>>) => void;

/**
 * A log of one JSON line for each event.
 *
 * @param write takes each line, its end included
 */
export function jsonLog(write: (line: string) => void): Log {
  return (event, details = {}) => write(`${JSON.stringify({ event, ...details })}\n`);
}
