import { down, status } from '../../cluster/cluster.ts';
import type { ComponentName } from '../../cluster/control-plane/settings.ts';
import { type ControlPlane, startControlPlane } from '../../cluster/control-plane.ts';
import { chooseMode } from '../../cluster/mode.ts';
import type { Report } from '../../cluster/progress.ts';
import { type FaultPlansOptions, runFaultPlans } from './fault-plans.ts';
import type { Outcome } from './outcome.ts';

/** What the tests need of the machine that they run on. */
export interface Machine {
  /**
   * Starts the control plane that the integration tests share.
   *
   * @throws ClusterError when it cannot be started, or `Aborted`
   */
  startControlPlane(report: Report, signal: AbortSignal): Promise<Pick<ControlPlane, 'kubeconfig' | 'stop'>>;
  /** Why pods cannot run here; undefined where they can. */
  whyNoPods(): Promise<string | undefined>;
  /** Whether the local cluster of this checkout is up. */
  isClusterUp(): Promise<boolean>;
  /** Ends it; does nothing when it is not up. */
  endCluster(report: Report): Promise<void>;
  /** Runs a part of the fault plans, on a control plane of their own. */
  runFaultPlans(options: Pick<FaultPlansOptions, 'root' | 'say' | 'signal'>): Promise<Outcome>;
}

/**
 * What the shared control plane consists of: as the tests' own has (`useControlPlane` in test/support). Without a scheduler,
 * pods are what a test says they are.
 */
const components: readonly ComponentName[] = ['etcd', 'kube-apiserver', 'kube-controller-manager'];

/** As many plans as fit beside all tests. `make faults` has more of them, and the seeded defects. */
const FAULT_PLANS = ['--count', '60', '--twice', '--only', 'plans', 'fields'];

/** This machine. */
export const thisMachine: Machine = {
  startControlPlane: (report, signal) => startControlPlane({ components, report, signal }),
  async whyNoPods() {
    const { mode, why } = await chooseMode();
    return mode === 'control-plane' ? (why ?? 'containers cannot run here') : undefined;
  },
  async isClusterUp() {
    const { record, running } = await status();
    return record?.mode === 'kind' || running.length > 0;
  },
  endCluster: (report) => down({ report }),
  runFaultPlans: (options) => runFaultPlans({ ...options, args: FAULT_PLANS }),
};
