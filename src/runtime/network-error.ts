import { ApiError } from './errors.ts';

/** What the common failures of sockets and TLS mean, and what to look at. */
const explanations: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused: nothing listens there; is the cluster running?',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  ENOTFOUND: 'the host name does not resolve',
  EAI_AGAIN: 'the host name could not be resolved: the DNS server does not answer',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ETIMEDOUT: 'the connection timed out',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed: give its CA (certificate-authority)',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by an unknown CA: give that CA (certificate-authority)',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by an unknown CA: give that CA (certificate-authority)',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by an unknown CA: give that CA (certificate-authority)',
  CERT_SIGNATURE_FAILURE: 'its certificate is not signed by the CA that was given (certificate-authority)',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: "its certificate is not valid yet: compare this machine's clock",
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name (tls-server-name)',
};

/**
 * Any failure below HTTP as an ApiError `Network`, in words.
 *
 * @param thrown what the socket, TLS or HTTP parser reported
 * @param server the API server's URL
 */
export function networkError(thrown: unknown, server: URL): ApiError {
  if (thrown instanceof ApiError) return thrown;
  const code = codeOf(thrown);
  const what = code === undefined ? undefined : explanations[code];
  const said = thrown instanceof Error ? thrown.message : String(thrown);
  return new ApiError('Network', `cannot reach the API server at ${server.origin}: ${what ?? (said || code)}`, {
    cause: thrown,
  });
}

/** OpenSSL's words for a certificate whose signer we do not trust: all that a rotated CA can lead to. */
const untrusted: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
]);

/** True when the server's certificate is signed by nobody whom we trust: the CA that we know may be an old one. */
export function isUntrusted(error: unknown): boolean {
  const code = codeOf(error instanceof ApiError ? error.cause : error);
  return code !== undefined && untrusted.has(code);
}

/**
 * The code of an error of the system, of Node or of OpenSSL; undefined when it has none. Several addresses tried in vain give
 * an AggregateError without a message: then that of the first.
 */
export function codeOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  if ('code' in thrown && typeof thrown.code === 'string') return thrown.code;
  return thrown instanceof AggregateError ? codeOf(thrown.errors[0]) : undefined;
}
