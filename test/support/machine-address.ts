import { networkInterfaces } from 'node:os';

/**
 * An IPv4 address of this machine that an API server is willing to proxy to: it refuses loopback and link-local ones.
 *
 * @returns undefined on a machine without a network
 */
export function machineAddress(): string | undefined {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal, address }) => family === 'IPv4' && !internal && !address.startsWith('169.254.'))
    ?.address;
}
