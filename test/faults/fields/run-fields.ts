import { isDeepStrictEqual } from 'node:util';
import { systemClock } from '../../../src/runtime/clock.ts';
import type { FieldOutcome } from '../command/outcome.ts';
import { createProgress } from '../command/progress.ts';
import type { Random } from '../command/random.ts';
import { describeDifference, differencesOf } from '../stage/differences.ts';
import type { Stage } from '../stage/run-workload.ts';
import { type FieldStage, openFieldStage, wrongEffects } from './field-stage.ts';
import { type Mutation, mutations, type Refused, refusals } from './mutations.ts';

/** What the fields are tried with. */
export interface FieldsOptions {
  readonly stage: Stage;
  readonly random: Random;
  /** More walks. */
  readonly full: boolean;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

/** What every server of these campaigns starts from. Stopped: pods are not the subject. */
const plainSpec = { image: 'example.com/weather:1.0', replicas: 0 };

/** How many changes a walk has. */
const STEPS = 6;

/**
 * Acto's oracles: every field with a valid value shows, as exactly its effect, and is gone again when it is taken back (O3,
 * O5); with an invalid one it is refused, or told, and changes nothing (O3, O5); and what a server is does not depend on
 * what it was (O4): after a random walk through specs it is as one that was created with the last.
 */
export async function runFields({
  stage,
  random,
  full,
  print,
  signal,
}: FieldsOptions): Promise<readonly FieldOutcome[]> {
  const walks = Array.from({ length: full ? 20 : 3 }, () => random.shuffled(mutations).slice(0, STEPS));
  const total = mutations.length + refusals.length + walks.length;
  print(`== fields: ${mutations.length} changes, ${refusals.length} refusals, ${walks.length} walks`);
  const progress = createProgress('field checks', total, systemClock, print);
  const outcomes: FieldOutcome[] = [];
  async function check(what: string, work: () => Promise<readonly string[]>): Promise<void> {
    if (signal.aborted) return;
    const findings = await work().catch((thrown: unknown) => [
      thrown instanceof Error ? thrown.message : String(thrown),
    ]);
    for (const finding of findings) print(`FAILED ${what}: ${finding}`);
    outcomes.push({ what, findings });
    progress.done(findings.length === 0);
  }

  const one = await openFieldStage(stage);
  try {
    await one.create(plainSpec);
    await one.settled();
    for (const mutation of mutations)
      await check(`change ${JSON.stringify(mutation.spec)}`, () => tryChange(one, mutation));
    for (const refused of refusals)
      await check(`refusal of ${JSON.stringify(refused.spec)}`, () => tryRefusal(one, refused));
  } finally {
    await one.close();
  }
  for (const [index, walk] of walks.entries()) await check(`walk ${index + 1}`, () => tryWalk(stage, walk));
  return outcomes;
}

async function tryChange(stage: FieldStage, { spec, effect }: Mutation): Promise<readonly string[]> {
  const before = await stage.picture();
  const { status, message } = await stage.patch(spec);
  if (status !== 200) return [`answered ${status}: ${message}`];
  await stage.settled();
  const findings = wrongEffects(before, await stage.picture(), effect);
  return [...findings, ...(await recovery(stage, before))];
}

async function tryRefusal(stage: FieldStage, { spec, says, told }: Refused): Promise<readonly string[]> {
  const before = await stage.picture();
  const { status, message } = await stage.patch(spec);
  if (told === undefined) {
    if (status !== 422 && status !== 400)
      return [`was answered ${status} and should be refused`, ...(await recovery(stage, before))];
    return message.includes(says ?? '') ? [] : [`was refused without a word of ${says}: ${message}`];
  }
  if (status !== 200) return [`answered ${status}: ${message}`];
  await stage.settled(told);
  const [last, now] = [before, await stage.picture()];
  const kept = isDeepStrictEqual(last.Deployment, now.Deployment) ? [] : ['the Deployment did not stay as it was'];
  return [...kept, ...(await recovery(stage, before))];
}

/** O5: the last good spec brings everything back. */
async function recovery(
  stage: FieldStage,
  before: Awaited<ReturnType<FieldStage['picture']>>,
): Promise<readonly string[]> {
  await stage.replace(plainSpec);
  await stage.settled();
  const differences = differencesOf(before, await stage.picture());
  return differences.map((difference) => `after the last good spec: ${describeDifference(difference)}`);
}

/** O4: changes one after the other, some of them hastily, come to the same as their sum. */
async function tryWalk(stage: Stage, walk: readonly Mutation[]): Promise<readonly string[]> {
  const [walked, fresh] = await Promise.all([openFieldStage(stage), openFieldStage(stage)]);
  try {
    await walked.create(plainSpec);
    for (const [index, { spec }] of walk.entries()) {
      await walked.replace({ ...plainSpec, ...spec });
      if (index % 2 === 0) await walked.settled();
    }
    const last = { ...plainSpec, ...walk.at(-1)?.spec };
    await fresh.create(last);
    await Promise.all([walked.settled(), fresh.settled()]);
    const differences = differencesOf(await fresh.picture(), await walked.picture());
    return differences.map(
      (difference) => `after ${JSON.stringify(walk.map(({ spec }) => spec))}: ${describeDifference(difference)}`,
    );
  } finally {
    await Promise.all([walked.close(), fresh.close()]);
  }
}
