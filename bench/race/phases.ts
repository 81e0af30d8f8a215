import { percentile } from '../verify/percentile.ts';
import { holds } from './field-check.ts';
import { changeAll, create, createAll, deleteChildren, makeAvailable, removeAll } from './load.ts';
import type { PhaseName, PhaseResult } from './phase-result.ts';
import { awaitAll, measured, measuredStart, pause, type Stage } from './stage.ts';
import type { Sight } from './tracker.ts';

/** What happens in each phase, and when it is over. Undefined where the adapter says nothing about it. */
export const phases: Readonly<Record<PhaseName, (stage: Stage) => Promise<PhaseResult | undefined>>> = {
  start: (stage) => measuredStart(stage, 'start'),
  single,
  burst: (stage) =>
    race(
      stage,
      'burst',
      'children and status',
      (sight) => isCreated(stage, sight),
      () => createAll(stage),
    ),

  async available(stage) {
    const { available } = stage.adapter;
    if (available === undefined) return undefined;
    const runs = ({ object }: Sight) => holds(available.checks, object);
    return race(stage, 'available', 'available', runs, () => makeAvailable(stage, available.status));
  },

  async scale(stage) {
    const { scale } = stage.adapter;
    if (scale === undefined) return undefined;
    const scaled = ({ object, children }: Sight) => holds(scale.checks, object) && holds(scale.workload, children[0]);
    return race(stage, 'scale', 'scaled', scaled, () => changeAll(stage, scale.patch));
  },

  async children(stage) {
    const before = new Map(stage.names.map((name) => [name, uidsOf(stage.tracker.sight(name))]));
    const isBack = (sight: Sight) => {
      const old = before.get(sight.name) ?? [];
      const isNew = uidsOf(sight).every((uid, index) => uid !== undefined && uid !== old[index]);
      return isNew && holds(stage.adapter.recreated, sight.object);
    };
    return race(stage, 'children', 'children there again', isBack, () => deleteChildren(stage));
  },

  steady: (stage) =>
    // Not watched by the probe: its timer would be most of what is left to measure.
    measured(
      stage,
      'steady',
      async () => {
        const start = performance.now();
        await pause(stage, stage.steadySeconds * 1_000);
        return { seconds: (performance.now() - start) / 1_000 };
      },
      { rest: false, watchLoop: false },
    ),

  async restart(stage) {
    await stage.contestant.stop();
    await stage.audit.read();
    stage.contestant = await stage.start();
    return measuredStart(stage, 'restart');
  },
};

/** How many go before a race, so that nobody's first time is measured. */
const WARM_UP = 20;
/** Between two samples, in milliseconds: what comes after one must not be part of the next. */
const BETWEEN_MS = 30;

/** From the first request of the harness until the last server is as it should be. */
function race(
  stage: Stage,
  phase: PhaseName,
  what: string,
  condition: (sight: Sight) => boolean,
  load: () => Promise<void>,
): Promise<PhaseResult> {
  return measured(stage, phase, async () => {
    const expectation = stage.tracker.expect(stage.names, condition);
    const start = performance.now();
    const [, done] = await Promise.all([load(), awaitAll(stage, what, expectation)]);
    return { seconds: (done - start) / 1_000 };
  });
}

/** One server at a time, with nothing else going on. They are removed again. */
async function single(stage: Stage): Promise<PhaseResult> {
  const { tracker, signal } = stage;
  const names: string[] = [];
  const total: number[] = [];
  const children: number[] = [];

  async function sample(name: string): Promise<void> {
    names.push(name);
    let childrenAt: number | undefined;
    const expectation = tracker.expect([name], (sight) => {
      if (childrenAt === undefined && hasChildren(sight)) childrenAt = performance.now();
      return isCreated(stage, sight);
    });
    const start = performance.now();
    await create(stage, name);
    const done = await awaitAll({ ...stage, names: [name] }, 'one server', expectation);
    total.push(done - start);
    children.push((childrenAt ?? done) - start);
    await pause(stage, BETWEEN_MS);
  }

  for (let index = 0; index < WARM_UP; index++) await sample(`warm-up-${index}`);
  for (const samples of [total, children]) samples.length = 0;
  const result = await measured(stage, 'single', async () => {
    const start = performance.now();
    for (let index = 0; index < stage.singles && !signal.aborted; index++) await sample(`single-${index}`);
    const latency = {
      childrenP50: percentile(children, 0.5),
      p50: percentile(total, 0.5),
      p99: percentile(total, 0.99),
      samples: total.length,
    };
    return { seconds: (performance.now() - start) / 1_000, latency };
  });
  await removeAll(stage, names, 1_000, (ms) => pause(stage, ms));
  await pause(stage, 1_000);
  return result;
}

const hasChildren = (sight: Sight) => sight.children.every((child) => child !== undefined);

const isCreated = (stage: Stage, sight: Sight) => hasChildren(sight) && holds(stage.adapter.created, sight.object);

const uidsOf = ({ children }: Sight) => children.map((child) => child?.metadata.uid);
