import { join } from 'node:path';
import { waitFor } from '../../../cluster/wait.ts';
import type { FaultPlan } from '../plans/plan.ts';
import { startFaultProxy } from '../proxy/fault-proxy.ts';
import type { FaultProxy } from '../proxy/proxy-contract.ts';
import type { Workload } from '../workloads/workload.ts';
import { createActor } from './actor.ts';
import type { Build } from './build.ts';
import { type Calm, findCalm } from './calm.ts';
import { type Expectation, untilConverged } from './converged.ts';
import { createHome } from './home.ts';
import type { Kubelet } from './kubelet.ts';
import type { McpStub } from './mcp-stub.ts';
import { createKeeper, runDirectory } from './operator-keeper.ts';
import type { Plane } from './plane.ts';
import type { RunRecord } from './run-record.ts';

/** What all runs of a command share. */
export interface Stage {
  readonly plane: Plane;
  readonly kubelet: Kubelet;
  readonly stub: McpStub;
  /** The operator under test, and what it is upgraded to. */
  readonly build: Build;
  readonly next: Build;
  /**
   * How long anything may take, in milliseconds, before a run counts as stuck. Generous: a watch that died without a word
   * is noticed within 55 s, and a busy machine is no defect.
   */
  readonly deadlineMs: number;
}

/** One run: of a workload alone, or with a plan's faults and what is to come of it all the same. */
export interface RunOptions {
  readonly workload: Workload;
  readonly plan?: FaultPlan | undefined;
  /** Needed with a plan. */
  readonly expected?: Expectation | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a workload in a namespace of its own, with an operator process of its own behind a proxy of its own; then finds
 * out whether the operator leaves at rest what is as it should be.
 *
 * A run that gets stuck is a record too: it says what was waited for.
 *
 * @throws only when the run could not be begun, or was interrupted
 */
export async function runWorkload(stage: Stage, { workload, plan, expected, signal }: RunOptions): Promise<RunRecord> {
  const started = performance.now();
  const { plane, kubelet, stub } = stage;
  const home = await createHome(plane, workload.name);
  const { namespace } = home;
  const directory = await runDirectory(plane.files, namespace);
  kubelet.behave(namespace, workload.pods ?? 'ready');
  const instance = '1';
  const proxy: FaultProxy = await startFaultProxy({
    target: { url: plane.url, ca: plane.ca },
    placeholders: { $namespace: namespace },
    instance,
    onCrash: ({ reason }) => keeper.crash(reason),
  });
  const kubeconfig = join(directory, 'kubeconfig');
  await proxy.writeKubeconfig(kubeconfig, { token: home.token, namespace });
  const keeper = createKeeper({ proxy, build: stage.build, kubeconfig, namespace, directory, instance });
  const actor = createActor({
    plane,
    namespace,
    mcpPort: stub.port,
    note: (text) => proxy.note(text),
    pods: (manner) => kubelet.behave(namespace, manner),
    upgrade: () => keeper.replace(stage.next),
    restore: home.restore,
    deadlineMs: stage.deadlineMs,
    signal,
  });
  const faults = (plan?.faults ?? []).map((fault) => proxy.inject(fault));
  let stuck: string | undefined;
  let calm: Calm | undefined;
  let convergedAt = Number.POSITIVE_INFINITY;
  try {
    keeper.start();
    // A workload begins when the operator watches: what comes before would make every run another one.
    await waitFor(() => keeper.current()?.lines.some(({ msg }) => msg === 'controller started'), {
      what: 'the operator to start',
      deadlineMs: stage.deadlineMs,
      signal,
    });
    await workload.run(actor);
    proxy.note('the workload is done');
    await untilConverged({ plane, namespace, proxy, expected, faults, deadlineMs: stage.deadlineMs, signal });
    convergedAt = proxy.trace.length;
    proxy.clear();
    const withRestart = (plan?.crashes ?? 0) === 0;
    calm = await findCalm({ plane, namespace, proxy, keeper, withRestart, deadlineMs: stage.deadlineMs, signal });
  } catch (thrown) {
    signal?.throwIfAborted();
    stuck = thrown instanceof Error ? thrown.message : String(thrown);
    proxy.note(`stuck: ${stuck}`);
  } finally {
    await keeper.end();
    kubelet.forget(namespace);
    await proxy.close();
    // Not waited for: what is left of a namespace harms nobody, and a plane of our own goes away as a whole.
    if (!plane.isOwn) await plane.request('DELETE', `/api/v1/namespaces/${namespace}`);
  }
  return {
    workload: workload.name,
    plan,
    losesRights: workload.losesRights ?? false,
    varies: workload.varies ?? [],
    recording: proxy.recording(),
    convergedAt,
    calmSince: calm?.since ?? Number.POSITIVE_INFINITY,
    endState: calm?.endState ?? {},
    instances: keeper.instances,
    fired: faults.map(({ fired }) => fired),
    use: calm?.use ?? [],
    stuck,
    ms: performance.now() - started,
  };
}
