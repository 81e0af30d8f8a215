import type { Key } from '../../runtime/object.ts';
import type { MissingToken } from '../probe.ts';

/** A bearer token, or why there is none. */
export type Token = string | MissingToken;

/** The bearer tokens in use. A settled server costs the API server nothing: a token is read once, not for every probe. */
export interface Tokens {
  /**
   * The token of a server.
   *
   * @param credentials tells one token from the next: a different value has it read again
   * @returns undefined when there is none now, which is looked at again the next time
   * @throws whatever reading it throws
   */
  of(server: Key, credentials: string): Promise<Token | undefined>;
  /** It is not needed any more, or may have changed. */
  forget(server: Key): void;
}

/** @param read fetches a server's token */
export function createTokens(read: (server: Key) => Promise<Token | undefined>): Tokens {
  const known = new Map<Key, { readonly credentials: string; readonly token: Promise<Token | undefined> }>();

  async function fetch(server: Key, credentials: string): Promise<Token | undefined> {
    let token: Token | undefined;
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
