import type { RunConfig } from '../oci.ts';

/** The port that every server here listens on, unless `PORT` says another. */
export const serverPort = 8080;

/** distroless' `nonroot`, as the Node images have it. */
const nonRoot = 65532;

/**
 * How an image that is not Node's starts: as non-root, with nothing to write but `/tmp`.
 *
 * @param entrypoint the program, absolute inside the image, and its fixed arguments
 * @param env what else it is to know
 */
export function serverRun(entrypoint: readonly string[], env: Readonly<Record<string, string>> = {}): RunConfig {
  return {
    entrypoint,
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/tmp', PORT: String(serverPort), ...env },
    user: `${nonRoot}:${nonRoot}`,
    exposedPorts: [serverPort],
  };
}
