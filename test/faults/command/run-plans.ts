import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectationOf } from '../oracles/end-state.ts';
import type { ReferenceRuns } from '../oracles/finding.ts';
import { judge } from '../oracles/judge.ts';
import type { FaultPlan } from '../plans/plan.ts';
import { renderTrace } from '../proxy/render-trace.ts';
import type { RunRecord } from '../stage/run-record.ts';
import { runWorkload, type Stage } from '../stage/run-workload.ts';
import { workloads } from '../workloads/catalog.ts';
import type { RunOutcome } from './outcome.ts';
import type { References } from './references.ts';

/** A run with its record, for those who show it. */
export interface JudgedRun extends RunOutcome {
  readonly record: RunRecord;
}

/** Runs a plan, or with none its workload alone, and holds it to the references. */
export async function runAndJudge(
  stage: Stage,
  references: References,
  { workload: name, plan }: { readonly workload: string; readonly plan?: FaultPlan },
  signal: AbortSignal,
): Promise<JudgedRun> {
  const workload = workloads.find((each) => each.name === name);
  const runs = references.get(name);
  if (workload === undefined || runs === undefined) throw new RangeError(`no workload ${name} was run without faults`);
  const record = await runWorkload(stage, { workload, plan, expected: expectationOf(runs), signal });
  return { ...(await outcomeOf(runs, record)), record };
}

/** Judges a run, and keeps the trace of one that failed. */
export async function outcomeOf(references: ReferenceRuns, record: RunRecord): Promise<RunOutcome> {
  const findings = judge(references, record);
  const { workload, plan, fired, ms } = record;
  const traceFile =
    findings.length === 0
      ? undefined
      : await saveTrace(
          record,
          findings.map(({ oracle, text }) => `${oracle} ${text}`),
        );
  return { workload, plan, findings, fired: fired.every((times) => times > 0), ms, traceFile };
}

/** Where traces of failed runs are: they outlive the command. */
export const traceDirectory = join(tmpdir(), 'smooth-operator-faults');

async function saveTrace(record: RunRecord, findings: readonly string[]): Promise<string> {
  await mkdir(traceDirectory, { recursive: true });
  const name = (record.plan?.id ?? `${record.workload}/without-faults`).replaceAll('/', '.');
  const file = join(traceDirectory, `${name}.${process.pid}.txt`);
  await writeFile(file, `${traceText(record, findings)}\n`);
  return file;
}

/** A run for people: what was found, what was sent, what the operator said. */
export function traceText(record: RunRecord, findings: readonly string[]): string {
  const { plan, recording, instances, workload } = record;
  return [
    `workload ${workload}${plan === undefined ? ', without faults' : `, plan ${plan.id}: ${plan.about}`}`,
    ...findings.map((text) => `  FOUND ${text}`),
    '',
    renderTrace(recording.entries, { width: 220 }),
    ...instances.flatMap(({ instance, lines, stray, end, asked }) => [
      '',
      `operator ${instance}, ended with ${end}, asked ${asked ?? 'by nobody'}:`,
      ...lines.map((line) => `  ${JSON.stringify(line)}`),
      ...stray.map((line) => `  | ${line}`),
    ]),
    '',
    'end state:',
    JSON.stringify(record.endState, null, 2),
  ].join('\n');
}
