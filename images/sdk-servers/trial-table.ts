import type { Trial } from './trial.ts';

/** What the columns are. */
export const trialHeadings: readonly string[] = [
  'SERVER',
  'VERDICT',
  'ERA',
  'PROTOCOL',
  'NAME',
  'VERSION',
  'STATEFUL',
  'TOOLS',
  'SESSIONS',
  'PROBE',
  'OTHER HOST',
  'END',
  'IMAGE',
  'BUILD',
];

/** How a server's image was had. */
export interface BuildFacts {
  /** Bytes. */
  readonly size: number;
  /** Milliseconds. */
  readonly buildMs: number;
}

/** A trial as a row of the table. */
export function trialRow(name: string, trial: Trial, build: BuildFacts): readonly string[] {
  const { usual, released, guarded, ending } = trial;
  const { server } = usual;
  const tools = usual.verdict === 'HandshakePassed' ? usual.tools : undefined;
  return [
    name,
    usual.verdict,
    server?.era ?? '-',
    server?.protocolVersion ?? '-',
    server?.name ?? '-',
    server?.version ?? '-',
    server === undefined ? '-' : String(server.stateful),
    tools === undefined ? '-' : String(tools.length),
    `${released.sessions}${released.sessionsLeft === 0 ? '' : ` (${released.sessionsLeft} left)`}`,
    `${Math.round(usual.durationMs)} ms`,
    guarded === undefined ? '-' : [guarded.verdict, statusOf(guarded)].filter((part) => part !== '').join(' '),
    ending,
    `${(build.size / 1e6).toFixed(1)} MB`,
    `${(build.buildMs / 1e3).toFixed(1)} s`,
  ];
}

/** Rows with each column as wide as its widest cell; nothing behind the last. */
export function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    // The last cell of a row moves nothing.
    for (const [index, cell] of row.slice(0, -1).entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function statusOf(result: NonNullable<Trial['guarded']>): string {
  return result.verdict === 'HandshakePassed' || result.status === undefined ? '' : String(result.status);
}
