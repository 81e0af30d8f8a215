import type { FigureKind, Wanted } from './figure-kinds.ts';
import type { Row } from './figures.ts';
import { type Spread, spreadText } from './spread.ts';

/** A figure as people read it, with its unit: as many digits as mean something. */
export function figureText(value: number, unit: FigureKind['unit']): string {
  const digits = Number.isInteger(value) && unit === '' ? 0 : Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0;
  return value.toFixed(digits);
}

/** A ratio to the floor: `1.12`. */
export const ratioText = (value: number): string => value.toFixed(2);

function wantedText(wanted: Wanted | undefined, unit: FigureKind['unit']): string {
  if (wanted === undefined) return '';
  if (wanted.of === 'ratio') return `≤ ${ratioText(wanted.most)} × floor`;
  const suffix = unit === '' ? '' : ` ${unit}`;
  return `${wanted.exact === true ? '' : '≤ '}${wanted.most}${suffix}`;
}

interface Cells {
  readonly what: string;
  readonly floor: string;
  readonly own: string;
  readonly ratio: string;
  readonly wanted: string;
  readonly verdict: string;
}

function cellsOf({ figure, floor, own, ratio, wanted, met }: Row): Cells {
  const { title, unit } = figure;
  const write = (spread: Spread | undefined) =>
    spread === undefined ? '' : spreadText(spread, (value) => figureText(value, unit));
  return {
    what: unit === '' ? title : `${title}, ${unit}`,
    floor: write(floor),
    own: write(own),
    ratio: ratio === undefined ? '' : spreadText(ratio, ratioText),
    wanted: wantedText(wanted, unit),
    verdict: met === undefined ? '' : met ? 'met' : 'MISSED',
  };
}

/** The rows of one contestant and size under one heading. */
function groups(
  rows: readonly Row[],
): readonly { readonly title: string; readonly contestant: string; readonly rows: readonly Row[] }[] {
  const found = Map.groupBy(rows, ({ servers, contestant }) => `${servers} ${contestant}`);
  return [...found.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    return [{ title: `${first.servers.toLocaleString('en-US')} servers`, contestant: first.contestant, rows: group }];
  });
}

const columns = ['what', 'floor', 'own', 'ratio', 'wanted', 'verdict'] as const;

/** The table for a terminal. */
export function textTable(rows: readonly Row[]): string {
  return groups(rows)
    .map(({ title, contestant, rows: group }) => {
      const head: Cells = {
        what: title,
        floor: 'floor',
        own: contestant,
        ratio: 'ratio',
        wanted: 'wanted',
        verdict: '',
      };
      const lines = [head, ...group.map(cellsOf)];
      const width = (column: keyof Cells) => Math.max(...lines.map((line) => line[column].length));
      const widths = columns.map(width);
      return lines
        .map((line) =>
          columns
            .map((column, index) =>
              index === 0 || index > 3
                ? line[column].padEnd(widths[index] ?? 0)
                : line[column].padStart(widths[index] ?? 0),
            )
            .join('  ')
            .trimEnd(),
        )
        .join('\n');
    })
    .join('\n\n');
}

/** The same as Markdown. */
export function markdownTable(rows: readonly Row[]): string {
  return groups(rows)
    .map(({ title, contestant, rows: group }) =>
      [
        `**${title}**`,
        '',
        `| | floor | ${contestant} | ratio | wanted | |`,
        '|---|--:|--:|--:|---|---|',
        ...group.map((row) => `| ${columns.map((column) => cellsOf(row)[column]).join(' | ')} |`),
      ].join('\n'),
    )
    .join('\n\n');
}
