import type { Clock } from './clock.ts';
import type { Connection, Credentials } from './connection.ts';
import { sameTls } from './connection.ts';
import { ApiError } from './errors.ts';

/**
 * How old credentials may be before they are read again, in milliseconds. client-go reads a token file once a minute;
 * a token that ends earlier shows itself by a 401, which reads at once.
 */
export const CREDENTIAL_MAX_AGE_MS = 60_000;

/** How soon a failed read is tried again, in milliseconds: not on every request, as it may run a program. */
const RETRY_AFTER_MS = 5_000;

/** How long a read may take, in milliseconds: a plugin that waits for somebody to log in would block every request. */
const READ_TIMEOUT_MS = 60_000;

/**
 * Keeps credentials for a minute, and makes many callers share one read.
 *
 * @param read reads the files, runs the plugin
 */
export function cacheCredentials(
  clock: Clock,
  read: () => Promise<Credentials>,
): Pick<Connection, 'credentials' | 'refresh'> {
  let known: Credentials | undefined;
  let goodUntil = Number.NEGATIVE_INFINITY;
  let reading: Promise<Credentials> | undefined;

  async function readNow(): Promise<Credentials> {
    const fresh = await withDeadline(clock, read());
    known = { headers: fresh.headers, tls: sameTls(known?.tls, fresh.tls) };
    goodUntil = clock.monotonic() + CREDENTIAL_MAX_AGE_MS;
    return known;
  }

  function refresh(): Promise<Credentials> {
    reading ??= readNow().finally(() => {
      reading = undefined;
    });
    return reading;
  }

  return {
    refresh,
    async credentials() {
      if (known !== undefined && clock.monotonic() < goodUntil) return known;
      try {
        return await refresh();
      } catch (error) {
        // A volume that is being swapped, or a plugin that stumbles once, must not stop a process whose credentials
        // may well be valid still. If they are not, the 401 that follows calls `refresh`, and that failure is shown.
        if (known === undefined) throw error;
        goodUntil = clock.monotonic() + RETRY_AFTER_MS;
        return known;
      }
    },
  };
}

/** The credentials, or ApiError `Config` when they do not come in time. */
function withDeadline(clock: Clock, reading: Promise<Credentials>): Promise<Credentials> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(READ_TIMEOUT_MS, () => {
      const seconds = READ_TIMEOUT_MS / 1000;
      reject(
        new ApiError('Config', `the credentials were not there within ${seconds} s: does a plugin wait for a login?`),
      );
    });
    reading.then(resolve, reject).finally(cancel);
  });
}
