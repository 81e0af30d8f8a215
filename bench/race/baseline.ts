import { OPERATOR, type Row } from './figures.ts';

/** What `make bench-check` compares with: the medians of an earlier race, by the figure's id. */
export type Baseline = Readonly<Record<string, number>>;

/** How far a figure may be above the baseline. kube-rs alerts at the same share. */
export const MARGIN = 1.1;

/** Ratios to the floor of the same run: what a busy machine does to a time, it does to both. */
const ratios: ReadonlySet<string> = new Set(['burst', 'available', 'scale', 'children', 'burst-cpu', 'available-cpu']);
/** Memory does not depend on what else runs. */
const sizes: ReadonlySet<string> = new Set(['rss-idle', 'rss', 'rss-restarted']);
/** Counted, so the same on every machine. */
const counts: ReadonlySet<string> = new Set([
  'burst-writes',
  'available-writes',
  'scale-writes',
  'children-writes',
  'refused',
  'steady-requests',
  'restart-lists',
  'restart-writes',
]);

/** One comparison. */
export interface Comparison {
  readonly id: string;
  readonly title: string;
  readonly before: number;
  readonly now: number;
  /** The most that it may be now. */
  readonly limit: number;
  readonly ok: boolean;
}

/** What there is to keep of a race. */
export function baselineOf(rows: readonly Row[]): Baseline {
  return Object.fromEntries(
    compared(rows).flatMap((row) => {
      const value = measuredIn(row);
      return value === undefined ? [] : [[row.figure.id, Math.round(value * 1_000) / 1_000]];
    }),
  );
}

/**
 * Compares a race with the baseline. A figure that the baseline does not have yet is not compared; one that the race does
 * not have any more fails, as nobody would miss it otherwise.
 */
export function compare(baseline: Baseline, rows: readonly Row[]): readonly Comparison[] {
  const byId = new Map(compared(rows).map((row) => [row.figure.id, row]));
  return Object.entries(baseline).map(([id, before]) => {
    const row = byId.get(id);
    const now = (row && measuredIn(row)) ?? Number.NaN;
    const limit = counts.has(id) ? before : before * MARGIN;
    return { id, title: row?.figure.title ?? `${id} (not measured)`, before, now, limit, ok: now <= limit };
  });
}

/** The comparisons as lines. */
export function comparisonText(comparisons: readonly Comparison[]): string {
  const width = Math.max(0, ...comparisons.map(({ title }) => title.length));
  return comparisons
    .map(({ title, before, now, limit, ok }) => {
      const [was, is, most] = [before, now, limit].map((value) => value.toFixed(2).padStart(7));
      return `  ${title.padEnd(width)}  ${is}  was ${was}, at most ${most}  ${ok ? 'ok' : 'TOO MUCH'}`;
    })
    .join('\n');
}

function compared(rows: readonly Row[]): readonly Row[] {
  return rows.filter(
    ({ contestant, figure: { id } }) => contestant === OPERATOR && (ratios.has(id) || sizes.has(id) || counts.has(id)),
  );
}

function measuredIn(row: Row): number | undefined {
  if (ratios.has(row.figure.id)) return row.ratio?.median;
  // What is counted must be right in every run.
  return counts.has(row.figure.id) ? row.own?.max : row.own?.median;
}
