import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { ClusterError } from '../cluster-error.ts';
import { errnoOf } from '../errno.ts';

/** Below the kernel's own range for outgoing connections (32768 on), so that none of them takes the port meanwhile. */
const lowest = 20_000;
const beyond = 32_000;

/**
 * Ports that nothing listens on now, for programs that cannot take port 0. Random, so that two control planes that
 * start at the same moment do not agree on one.
 *
 * @param count how many
 * @param address where they must be free
 */
export async function freePorts(count: number, address: string): Promise<number[]> {
  const ports = new Set<number>();
  for (let tries = 0; ports.size < count; tries += 1) {
    if (tries > 1_000)
      throw new ClusterError('Unexpected', `no free port between ${lowest} and ${beyond} on ${address}`);
    const port = randomInt(lowest, beyond);
    if (!ports.has(port) && (await isFree(port, address))) ports.add(port);
  }
  return [...ports];
}

async function isFree(port: number, address: string): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, address);
    await once(server, 'listening');
    return true;
  } catch (thrown) {
    if (errnoOf(thrown) === 'EADDRINUSE' || errnoOf(thrown) === 'EACCES') return false;
    throw thrown;
  } finally {
    server.close();
  }
}
