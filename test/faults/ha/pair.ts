import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeKubeconfig } from '../../../cluster/kubeconfig.ts';
import type { Lease, LeaseSpec } from '../../../src/runtime/lease.ts';
import type { TestControlPlane } from '../../support/control-plane.ts';
import {
  type LaunchedProcess,
  launchProcess,
  operatorUser,
  type ProcessOptions,
} from '../../support/operator-process.ts';
import { createNamespaceStage, type NamespaceStage } from '../../support/operator-stage.ts';
import { turns } from './interleaving.ts';
import { type Link, openLink } from './link.ts';
import { startWorkload, type Workload } from './workload.ts';

/** One of several operator processes with one lease. */
export interface Replica {
  readonly name: string;
  readonly operator: LaunchedProcess;
  /** Its way to the API server. */
  readonly link: Link;
}

/** Two operators, one of which leads and has work all the time, and what a fault may do to them. */
export interface Pair extends AsyncDisposable {
  readonly stage: NamespaceStage;
  readonly leader: Replica;
  readonly standby: Replica;
  readonly leasePath: string;
  readonly workload: Workload;
  lease(): Promise<LeaseSpec>;
  /** Who wrote, one after the other. See `turns`. */
  turns(): readonly string[];
}

/**
 * Starts two operators with `--leader-elect` in a namespace of their own, with the flags and the times that a deployment
 * has, and something to do for whoever leads.
 *
 * @param command the program, for an operator with a defect. Default: the operator as it is
 * @returns when the first leads and has written, and the second waits
 */
export async function startPair(plane: TestControlPlane, command?: ProcessOptions['command']): Promise<Pair> {
  const owned = new AsyncDisposableStack();
  try {
    const stage = await createNamespaceStage(plane);
    const { namespace } = stage;
    const { token } = await operatorUser(plane, namespace);
    const files = await mkdtemp(join(tmpdir(), 'smooth-pair-'));
    owned.defer(() => rm(files, { recursive: true, force: true }));

    const start = async (name: string): Promise<Replica> => {
      const link = await openLink(plane);
      owned.defer(() => link.close());
      const kubeconfig = join(files, name);
      await writeKubeconfig(kubeconfig, {
        server: link.url,
        ca: plane.ca,
        user: name,
        credentials: { token },
        namespace,
      });
      const args = [
        `--kubeconfig=${kubeconfig}`,
        `--watch-namespaces=${namespace}`,
        '--leader-elect',
        '--log-level=debug',
      ];
      const operator = await launchProcess({ args, ...(command && { command }) });
      owned.defer(() => operator.end());
      return { name, link, operator };
    };
    const leader = await start('first');
    await leader.operator.untilLine('this process leads');
    const standby = await start('second');
    await standby.operator.untilLine('waiting for the lease');
    const workload = startWorkload(stage);
    owned.defer(() => workload.stop());
    await leader.operator.untilLine('Writing the status');

    const leasePath = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/smooth-operator.mcp.mcp.dev`;
    const disposal = owned.move();
    return {
      stage,
      leader,
      standby,
      leasePath,
      workload,
      lease: async () => (await plane.send<Lease>('GET', leasePath)).spec ?? {},
      turns: () => turns([leader, standby].map(({ name, link }) => ({ replica: name, writes: link.writes }))),
      [Symbol.asyncDispose]: () => disposal.disposeAsync(),
    };
  } finally {
    await owned.disposeAsync();
  }
}
