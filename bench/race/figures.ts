import { type FigureKind, figureKinds, type Wanted } from './figure-kinds.ts';
import type { TurnResult } from './phase-result.ts';
import { type Spread, spreadOf } from './spread.ts';

/** One line of the table. */
export interface Row {
  readonly figure: FigureKind;
  readonly servers: number;
  readonly contestant: string;
  readonly floor: Spread | undefined;
  readonly own: Spread | undefined;
  /** Of each run by itself, to the floor of the same run. */
  readonly ratio: Spread | undefined;
  readonly wanted: Wanted | undefined;
  /** Undefined where nothing is promised. */
  readonly met: boolean | undefined;
}

/** The name of the yardstick among the contestants. */
export const FLOOR = 'floor';
/** This project's own. Promises are its alone. */
export const OPERATOR = 'operator';

/**
 * The table's lines: for each number of servers and each contestant beside the floor, each figure that was measured.
 *
 * @param turns of all contestants
 */
export function rowsOf(turns: readonly TurnResult[]): readonly Row[] {
  const sizes = [...new Set(turns.map(({ servers }) => servers))];
  const names = [...new Set(turns.map(({ contestant }) => contestant))].filter((name) => name !== FLOOR);
  return sizes.flatMap((servers) =>
    names.flatMap((contestant) =>
      figureKinds.flatMap((kind) => {
        const row = rowOf(kind, servers, contestant, turns);
        return row.own === undefined ? [] : [row];
      }),
    ),
  );
}

function rowOf(kind: FigureKind, servers: number, contestant: string, turns: readonly TurnResult[]): Row {
  const valuesOf = (name: string) =>
    new Map(
      turns
        .filter((turn) => turn.contestant === name && turn.servers === servers)
        .flatMap((turn) => {
          const value = kind.value(turn);
          return value === undefined ? [] : [[turn.run, value] as const];
        }),
    );
  const [floor, own] = [valuesOf(FLOOR), valuesOf(contestant)];
  const ratios = [...own].flatMap(([run, value]) => {
    const yardstick = floor.get(run);
    return kind.isRatio && yardstick !== undefined && yardstick > 0 ? [value / yardstick] : [];
  });
  const row = {
    floor: spreadOf([...floor.values()]),
    own: spreadOf([...own.values()]),
    ratio: spreadOf(ratios),
  };
  const wanted = contestant === OPERATOR ? kind.wanted?.(servers) : undefined;
  return { figure: kind, servers, contestant, ...row, wanted, met: isMet(wanted, row) };
}

/** The median counts; where a very number is promised, every run. */
function isMet(wanted: Wanted | undefined, { own, ratio: ratios }: Pick<Row, 'own' | 'ratio'>): boolean | undefined {
  const spread = wanted?.of === 'ratio' ? ratios : own;
  if (wanted === undefined || spread === undefined) return undefined;
  if (wanted.exact === true) return spread.min === wanted.most && spread.max === wanted.most;
  return spread.median <= wanted.most;
}
