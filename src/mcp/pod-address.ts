import { BlockList, isIP } from 'node:net';
import type { Dial } from './dial.ts';
import { McpError } from './mcp-error.ts';

/**
 * Where no pod ever is: this host, its link, everybody, and nowhere (RFC 6890). The link has the metadata services of
 * clouds, at 169.254.169.254.
 */
const nowhere = new BlockList();
nowhere.addSubnet('0.0.0.0', 8, 'ipv4');
nowhere.addSubnet('127.0.0.0', 8, 'ipv4');
nowhere.addSubnet('169.254.0.0', 16, 'ipv4');
nowhere.addSubnet('224.0.0.0', 3, 'ipv4');
nowhere.addSubnet('::', 127, 'ipv6');
nowhere.addSubnet('fe80::', 10, 'ipv6');
nowhere.addSubnet('ff00::', 8, 'ipv6');

/** True for an address that a pod can have. `status.podIP` is what some kubelet, or somebody who may act as one, says. */
export function isPodAddress(address: string): boolean {
  const version = isIP(address);
  // A mapped IPv4 address is looked up among the IPv4 ones.
  return version !== 0 && !nowhere.check(address, version === 4 ? 'ipv4' : 'ipv6');
}

/** A way to an address that no pod can have: nothing is sent. */
export function noDial(address: string): Dial {
  const error = () =>
    new McpError('Unreachable', `its address, ${address}, is none that a pod can have: nothing was sent`);
  return {
    carriesCredentials: true,
    open: () => ({ send: () => Promise.reject(error()), close: () => undefined }),
  };
}
