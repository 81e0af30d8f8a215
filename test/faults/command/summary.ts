import { duration } from '../../../cluster/progress.ts';
import { faultKinds } from '../plans/plan.ts';
import { type Campaign, countsOf, type RunOutcome } from './outcome.ts';

/** One line of the table of faults. */
export interface FaultRow {
  /** `F1 crash-before`. */
  readonly fault: string;
  readonly plans: number;
  readonly failed: number;
  /** Plans whose fault did not come: the run went another way, as it may. */
  readonly notDone: number;
}

/** The plans by fault, in the order of their numbers. */
export function faultRows(plans: readonly RunOutcome[]): readonly FaultRow[] {
  return Object.entries(faultKinds).flatMap(([kind, number]) => {
    const of = plans.filter(({ plan }) => plan?.kind === kind);
    if (of.length === 0) return [];
    const failed = of.filter(({ findings }) => findings.length > 0).length;
    return [{ fault: `${number} ${kind}`, plans: of.length, failed, notDone: of.filter(({ fired }) => !fired).length }];
  });
}

/** What a campaign came to, for a terminal. */
export function summaryLines(campaign: Campaign): readonly string[] {
  const { plans, references, seeds, fields, existing, ms } = campaign;
  const rows = faultRows(plans);
  const width = Math.max(10, ...rows.map(({ fault }) => fault.length));
  const cells = (name: string, ...numbers: readonly (string | number)[]) =>
    `  ${name.padEnd(width)}${numbers.map((number) => String(number).padStart(10)).join('')}`;
  const lines: string[] = [];
  if (rows.length > 0) {
    lines.push('== by fault', cells('fault', 'plans', 'failed', 'not done'));
    lines.push(...rows.map(({ fault, plans: count, failed, notDone }) => cells(fault, count, failed, notDone)));
    lines.push(cells('all', plans.length, sum(rows, 'failed'), sum(rows, 'notDone')));
    lines.push(`  ${plans.length} of ${existing} plans, ${references.length} runs without faults`, '');
  }
  if (fields.length > 0) {
    lines.push(
      `== fields: ${fields.filter(({ findings }) => findings.length === 0).length} of ${fields.length} as they should be`,
      '',
    );
  }
  if (seeds.length > 0) {
    lines.push('== seeded defects');
    for (const { seed, caughtBy, runs } of seeds) {
      lines.push(
        `  ${seed.padEnd(32)} ${caughtBy === undefined ? `NOT CAUGHT in ${runs} runs` : `caught by ${caughtBy}`}`,
      );
    }
    lines.push('');
  }
  const { passed, failed } = countsOf(campaign);
  return [...lines, `took ${duration(ms)}`, `${passed} passed, ${failed} failed`];
}

function sum(rows: readonly FaultRow[], field: 'failed' | 'notDone'): number {
  return rows.reduce((total, row) => total + row[field], 0);
}

const begin = '<!-- summary: written by make faults-full -->';
const end = '<!-- end of summary -->';

/** What a campaign came to, for a document. */
export function summaryMarkdown(campaign: Campaign, when: Date): string {
  const { plans, references, seeds, fields, existing, ms } = campaign;
  const { passed, failed } = countsOf(campaign);
  return [
    begin,
    '',
    `Run on ${when.toISOString().slice(0, 10)}, in ${duration(ms)}: **${passed} passed, ${failed} failed**.`,
    `${plans.length} of ${existing} plans, ${references.length} runs without faults, ${fields.length} field checks, ${seeds.length} seeded defects.`,
    '',
    '| fault | plans | failed | fault did not come |',
    '|---|---:|---:|---:|',
    ...faultRows(plans).map((row) => `| ${row.fault} | ${row.plans} | ${row.failed} | ${row.notDone} |`),
    '',
    '| seeded defect | caught by |',
    '|---|---|',
    ...seeds.map(({ seed, caughtBy }) => `| ${seed} | ${caughtBy ?? '**not caught**'} |`),
    '',
    end,
  ].join('\n');
}

/**
 * A document with another summary between its markers.
 *
 * @throws Error when the markers are not there
 */
export function withSummary(document: string, summary: string): string {
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`there is no place for the summary: put "${begin}" and "${end}" there`);
  return document.slice(0, from) + summary + document.slice(to + end.length);
}
