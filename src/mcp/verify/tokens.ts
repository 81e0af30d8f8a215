import type { Key } from '../../runtime/object.ts';

/** The bearer tokens in use. A settled server costs the API server nothing: a token is read once, not for every probe. */
export interface Tokens {
  /**
   * The token of a server.
   *
   * @param credentials tells one token from the next: a different value has it read again
   * @returns undefined when there is none
   * @throws whatever reading it throws
   */
  of(server: Key, credentials: string): Promise<string | undefined>;
  /** It is not needed any more, or may have changed. */
  forget(server: Key): void;
}

/** @param read fetches a server's token */
export function createTokens(read: (server: Key) => Promise<string | undefined>): Tokens {
  const known = new Map<Key, { readonly credentials: string; readonly token: Promise<string | undefined> }>();

  async function fetch(server: Key, credentials: string): Promise<string | undefined> {
    let token: string | undefined;
    try {
      token = await read(server);
      return token;
    } finally {
      // What could not be had now is tried again, not remembered.
      if (token === undefined && known.get(server)?.credentials === credentials) known.delete(server);
    }
  }

  return {
    of(server, credentials) {
      const entry = known.get(server);
      if (entry?.credentials === credentials) return entry.token;
      const token = fetch(server, credentials);
      known.set(server, { credentials, token });
      return token;
    },
    forget(server) {
      known.delete(server);
    },
  };
}
