/** What a TLS connection to the API server is made with. All in PEM. */
export interface TlsMaterial {
  /** Authorities that may sign the server's certificate. Default: the machine's. */
  readonly ca?: string | undefined;
  /** Client certificate and its key. Default: none. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Name to expect in the server's certificate. Default: the host in the URL. */
  readonly serverName?: string | undefined;
  /** Accepts any server certificate. Default false; only a kubeconfig that says so turns it on. */
  readonly insecure?: boolean | undefined;
}

/** Who we are, and whom we trust, at one moment. */
export interface Credentials {
  /** Headers of every request, such as `authorization`. Never logged. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** The same object for as long as nothing in it has changed: a new one means new sockets. */
  readonly tls: TlsMaterial;
}

/** How to reach one API server, with credentials that change under way. */
export interface Connection {
  /** Base URL; may have a path. */
  readonly server: URL;
  /** Where this came from, for people: a file and context, or "in cluster". */
  readonly source: string;
  /** The namespace to work in when none is named. Default: undefined. */
  readonly namespace: string | undefined;
  /** HTTP proxy variables, as in an environment. Default: none, a direct connection. */
  readonly proxy?: Readonly<Record<string, string | undefined>> | undefined;

  /**
   * The credentials to use now. Cheap: files and plugins are asked again only when what is known is old.
   *
   * @throws ApiError `Config` when they cannot be had
   */
  credentials(): Promise<Credentials>;

  /** Reads everything anew, after a 401: a rotated token, or a run of the exec plugin. */
  refresh(): Promise<Credentials>;
}

/**
 * One TLS material for as long as it is the same.
 *
 * @param previous what was in use
 * @param next what was read just now
 * @returns `previous` when nothing differs, so that sockets are kept
 */
export function sameTls(previous: TlsMaterial | undefined, next: TlsMaterial): TlsMaterial {
  if (previous === undefined) return next;
  const same =
    previous.ca === next.ca &&
    previous.cert === next.cert &&
    previous.key === next.key &&
    previous.serverName === next.serverName &&
    previous.insecure === next.insecure;
  return same ? previous : next;
}
