import { join } from 'node:path';
import type { Report } from '../../../cluster/progress.ts';
import type { Seed } from '../seeds/catalog.ts';
import { buildOperator, nextVersion } from '../stage/build.ts';
import { startKubelet } from '../stage/kubelet.ts';
import { startMcpStub } from '../stage/mcp-stub.ts';
import { openPlane } from '../stage/plane.ts';
import type { Stage } from '../stage/run-workload.ts';

/** Everything that the runs of one command share, and what ends it. */
export interface Workshop {
  readonly stage: Stage;
  /** The same stage with an operator that has a defect, in its next version too. */
  withSeed(seed: Seed): Promise<Stage>;
  close(): Promise<void>;
}

/** How long anything may take in a run with a seeded defect, in milliseconds: being stuck is being caught. */
const SEED_DEADLINE_MS = 75_000;

/** How long it may take in any other. */
const DEADLINE_MS = 150_000;

/**
 * Starts a control plane, unless one is given, and bundles the operator.
 *
 * @param env for SMOOTH_TEST_KUBECONFIG
 */
export async function openWorkshop(
  env: Readonly<Record<string, string | undefined>>,
  report: Report,
  signal: AbortSignal,
): Promise<Workshop> {
  const plane = await openPlane({ kubeconfig: env.SMOOTH_TEST_KUBECONFIG || undefined, report, signal });
  try {
    const [kubelet, stub] = [
      await startKubelet(plane, (error) => report(`the kubelet: ${error}`)),
      await startMcpStub(),
    ];
    report('bundling the operator');
    const directory = (name: string) => join(plane.files, 'builds', name);
    const build = await buildOperator(directory('this'));
    const next = await buildOperator(directory('next'), [nextVersion]);
    const stage = { plane, kubelet, stub, build, next, deadlineMs: DEADLINE_MS };
    return {
      stage,
      async withSeed({ name, patches }) {
        const seeded = await buildOperator(directory(name), patches);
        const seededNext = await buildOperator(directory(`${name}-next`), [...patches, nextVersion]);
        return { ...stage, build: seeded, next: seededNext, deadlineMs: SEED_DEADLINE_MS };
      },
      async close() {
        kubelet.stop();
        stub.stop();
        await plane.stop();
      },
    };
  } catch (thrown) {
    await plane.stop();
    throw thrown;
  }
}
