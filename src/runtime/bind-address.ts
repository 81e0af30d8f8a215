/** Where a server listens. */
export interface BindAddress {
  /** An IP address or a host name; undefined for every interface. */
  readonly host: string | undefined;
  /** 0 lets the system choose. */
  readonly port: number;
}

/**
 * Reads a bind address as Go programs take it.
 *
 * @param text `:8080`, `127.0.0.1:8080`, `[::]:8080`, `localhost:0`, or `0` for "do not listen"
 * @returns the address; `disabled` for `0`; undefined when it is none of these
 */
export function parseBindAddress(text: string): BindAddress | 'disabled' | undefined {
  if (text === '0') return 'disabled';
  const match = /^(?:\[([0-9a-fA-F:.%\w]+)\]|([\w.-]*)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const port = Number(match[3]);
  if (port > 65_535) return undefined;
  const host = match[1] ?? match[2];
  return { host: host === '' ? undefined : host, port };
}

/** The address as it is written in flags and URLs: `:8080`, `127.0.0.1:8080`, `[::1]:8080`. */
export function formatBindAddress({ host, port }: BindAddress): string {
  if (host === undefined) return `:${port}`;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
