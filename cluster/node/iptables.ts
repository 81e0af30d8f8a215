import { type RunOptions, run, runOrThrow } from '../process/run.ts';

/** Marks our own rules. */
export const comment = 'smooth-operator';

/** The packet filter's two families; the second is absent on a machine without IPv6. */
export type Family = 'iptables' | 'ip6tables';

/** One table of `iptables-save`. */
interface Table {
  readonly name: string;
  readonly chains: string[];
  /** `-A CHAIN …` lines. */
  readonly rules: string[];
}

/**
 * What has to be fed to `iptables-restore --noflush` to remove Kubernetes' and our own rules, and nothing else.
 *
 * kube-proxy and the kubelet name each of their chains `KUBE-…`, and everything that they put into other chains jumps
 * to one of those. Our own rules carry our comment.
 *
 * @param saved the output of `iptables-save`
 * @returns undefined when there is nothing to remove
 */
export function removal(saved: string): string | undefined {
  const blocks: string[] = [];
  for (const { name, chains, rules } of parse(saved)) {
    const ours = chains.filter(isKubernetes);
    const foreign = rules.filter((rule) => !isKubernetes(chainOf(rule)) && isOurs(rule));
    if (ours.length === 0 && foreign.length === 0) continue;
    blocks.push(
      `*${name}`,
      // A declared chain is emptied, so no chain refers to another when they are deleted.
      ...ours.map((chain) => `:${chain} - [0:0]`),
      ...foreign.map((rule) => rule.replace(/^-A/, '-D')),
      ...ours.map((chain) => `-X ${chain}`),
      'COMMIT',
    );
  }
  return blocks.length === 0 ? undefined : `${blocks.join('\n')}\n`;
}

/**
 * Whether a Kubernetes node's rules are there: Kubernetes' own, not ours.
 *
 * @param saved the output of `iptables-save`
 */
export function hasKubernetesRules(saved: string): boolean {
  return parse(saved).some(({ chains }) => chains.includes('KUBE-SERVICES'));
}

/** Our own rules, each as table and arguments after the chain's name. */
export function ownRules(podRange: string): readonly { table: string; chain: string; rule: readonly string[] }[] {
  const marked = ['-m', 'comment', '--comment', comment];
  return [
    // Pods reach the outside under the machine's own address.
    { table: 'nat', chain: 'POSTROUTING', rule: ['-s', podRange, '!', '-d', podRange, ...marked, '-j', 'MASQUERADE'] },
    // A container engine may have made "drop" the answer to everything forwarded.
    { table: 'filter', chain: 'FORWARD', rule: ['-s', podRange, ...marked, '-j', 'ACCEPT'] },
    { table: 'filter', chain: 'FORWARD', rule: ['-d', podRange, ...marked, '-j', 'ACCEPT'] },
  ];
}

/** Puts our own rules in, each once. */
export async function addOwnRules(podRange: string, options: RunOptions): Promise<void> {
  for (const { table, chain, rule } of ownRules(podRange)) {
    const present = await run('iptables', ['-w', '-t', table, '-C', chain, ...rule], options);
    if (present.code !== 0) await runOrThrow('iptables', ['-w', '-t', table, '-I', chain, ...rule], options);
  }
}

/** Everything in the packet filter, in `iptables-save`'s format; empty where the family is not there. */
export async function saveRules(family: Family, options: RunOptions): Promise<string> {
  const { code, stdout } = await run(`${family}-save`, [], options);
  return code === 0 ? stdout : '';
}

/** Removes Kubernetes' rules and our own, in both families. */
export async function removeRules(options: RunOptions): Promise<void> {
  for (const family of ['iptables', 'ip6tables'] as const) {
    const input = removal(await saveRules(family, options));
    if (input !== undefined) await runOrThrow(`${family}-restore`, ['-w', '--noflush'], { ...options, input });
  }
}

function parse(saved: string): Table[] {
  const tables: Table[] = [];
  for (const line of saved.split('\n')) {
    const table = tables.at(-1);
    if (line.startsWith('*')) tables.push({ name: line.slice(1).trim(), chains: [], rules: [] });
    else if (line.startsWith('-A ')) table?.rules.push(line);
    else if (line.startsWith(':')) table?.chains.push(line.slice(1).split(' ')[0] ?? '');
  }
  return tables;
}

function chainOf(rule: string): string {
  return rule.split(' ')[1] ?? '';
}

function isKubernetes(chain: string): boolean {
  return chain.startsWith('KUBE-');
}

function isOurs(rule: string): boolean {
  return / -[jg] KUBE-/.test(rule) || new RegExp(`--comment "?${comment}"?( |$)`).test(rule);
}
