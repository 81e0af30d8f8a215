import { bridge, nodeAddress, podRange, serviceRange } from '../layout.ts';
import { type RunOptions, run, runOrThrow } from '../process/run.ts';
import { waitFor } from '../wait.ts';
import { addOwnRules, removeRules } from './iptables.ts';
import { writeSysctls } from './owner.ts';

/** Gives the machine the node's address, the way to Services, and the rules that let pods out. May be called twice. */
export async function setUpNetwork(options: RunOptions): Promise<void> {
  const { code } = await run('ip', ['link', 'show', 'dev', bridge], options);
  if (code !== 0) await runOrThrow('ip', ['link', 'add', bridge, 'type', 'bridge'], options);
  await runOrThrow('ip', ['address', 'replace', `${nodeAddress}/32`, 'dev', bridge], options);
  await runOrThrow('ip', ['link', 'set', bridge, 'up'], options);
  // Before anything dials a Service: without a rule its packet stays on this machine, it never goes to the network.
  await runOrThrow('ip', ['route', 'replace', ...serviceRoute, 'src', nodeAddress], options);
  // Likewise for a pod that is gone. A pod that is there has a route of its own, which is more specific.
  await runOrThrow('ip', ['route', 'replace', ...podRoute], options);
  await writeSysctls({ 'net/ipv4/ip_forward': '1' });
  await addOwnRules(podRange, options);
}

/** Takes all of that away, and what kube-proxy and the CNI plugins added. May be called twice. */
export async function removeNetwork(options: RunOptions): Promise<void> {
  for (const link of linksWith(nodeAddress, await addresses(options)))
    await run('ip', ['link', 'delete', link], options);
  // The kernel takes links down a moment after the command returns.
  await waitFor(async () => linksWith(nodeAddress, await addresses(options)).length === 0, {
    what: `the interfaces with the address ${nodeAddress} to be gone`,
    deadlineMs: 10_000,
  });
  for (const route of [serviceRoute, podRoute]) await run('ip', ['route', 'delete', ...route], options);
  await removeRules(options);
}

const serviceRoute = ['local', serviceRange, 'dev', 'lo', 'table', 'local'];
const podRoute = ['unreachable', podRange];

/**
 * The interfaces that carry an address: the bridge, and the machine's end of each pod's cable.
 *
 * @param json the output of `ip -json address`
 */
export function linksWith(address: string, json: string): string[] {
  const links = JSON.parse(json === '' ? '[]' : json) as { ifname?: string; addr_info?: { local?: string }[] }[];
  return links.flatMap(({ ifname, addr_info = [] }) =>
    ifname !== undefined && addr_info.some(({ local }) => local === address) ? [ifname] : [],
  );
}

function addresses(options: RunOptions): Promise<string> {
  return runOrThrow('ip', ['-json', 'address'], options);
}
