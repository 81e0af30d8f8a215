import { setTimeout as pause } from 'node:timers/promises';
import { waitFor } from '../../../cluster/wait.ts';
import type { FaultProxy, InjectedFault } from '../proxy/proxy-contract.ts';
import { describeDifference, differencesOf } from './differences.ts';
import { type EndState, endStateOf, readObjects } from './end-state.ts';
import type { Plane } from './plane.ts';

/** What a run has to come to: what runs without faults came to, where these agree. */
export interface Expectation {
  readonly state: EndState;
  /** Paths in which they differ. */
  readonly masked: ReadonlySet<string>;
}

/** What convergence is looked for in. */
export interface ConvergenceOptions {
  readonly plane: Plane;
  readonly namespace: string;
  readonly proxy: FaultProxy;
  /** Undefined: not known; then it is what does not change any more. */
  readonly expected: Expectation | undefined;
  readonly faults: readonly InjectedFault[];
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** How long nothing must happen in a run without faults, in milliseconds. The workload has waited for its end before. */
const QUIET_MS = 700;

/**
 * How long a fault at the very end is waited for, in milliseconds: some plans' triggers do not come in every run. A list
 * that was refused is tried again after up to two seconds.
 */
const LAST_FAULT_MS = 3_000;

/** Waits until a run has come to its end state, and its faults are done if they come at all. */
export async function untilConverged(options: ConvergenceOptions): Promise<void> {
  const { expected, faults } = options;
  if (expected === undefined) await untilQuiet(options);
  else await untilEqual(options, expected);
  const missing = faults.filter(({ fired }) => fired === 0);
  if (missing.length === 0) return;
  await Promise.race([Promise.all(missing.map(({ firstFired }) => firstFired)), pause(LAST_FAULT_MS)]);
}

async function untilEqual(options: ConvergenceOptions, { state, masked }: Expectation): Promise<void> {
  const { plane, namespace, deadlineMs, signal } = options;
  await waitFor(
    async () => {
      const now = endStateOf(await readObjects(plane, namespace), namespace);
      const differences = differencesOf(state, now, masked);
      if (differences.length > 0) throw new Error(differences.slice(0, 5).map(describeDifference).join('; '));
      return true;
    },
    { what: 'the end state of the runs without faults', deadlineMs, signal, intervalMs: 200 },
  );
}

async function untilQuiet({ plane, namespace, proxy, deadlineMs, signal }: ConvergenceOptions): Promise<void> {
  let before = '';
  await waitFor(
    async () => {
      const now = `${proxy.trace.length} ${JSON.stringify(endStateOf(await readObjects(plane, namespace), namespace))}`;
      const isSame = now === before && proxy.pending === 0;
      before = now;
      return isSame;
    },
    { what: 'nothing to happen any more', deadlineMs, signal, intervalMs: QUIET_MS },
  );
}
