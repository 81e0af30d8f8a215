import { readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { layoutOf } from '../../cluster/layout.ts';
import { chart } from './chart.ts';
import { replaceBetween } from './document.ts';
import { OPERATOR, type Row, rowsOf } from './figures.ts';
import { disturbance, type Machine, machineText, thisMachine } from './machine.ts';
import { help, type RaceOptions, raceOptions } from './options.ts';
import type { TurnResult } from './phase-result.ts';
import { profileReport } from './profile-report.ts';
import { runProgram } from './program.ts';
import { profileDirectory, runRace, turnsFile } from './race.ts';
import { markdownTable, textTable } from './table.ts';

// `make bench`: the operator against the yardstick. `--help` tells the rest.

const root = layoutOf().checkout;
const say = (line: string) => console.log(line);

async function main(options: RaceOptions, signal: AbortSignal): Promise<boolean> {
  const machine = thisMachine();
  const warning = disturbance(machine);
  if (warning !== undefined) say(warning);
  const turns = await runRace(options, signal, say, turnsFile);
  const rows = rowsOf(turns);
  say(`\n${textTable(rows)}\n`);
  say(machineText(machine));
  if (options.profile) for (const line of await profileReport(profileDirectory, turns)) say(line);
  if (options.save) await save({ machine, options, turns, rows });
  else say('Nothing was written: it was a part of the whole, or --no-save.');
  return true;
}

interface Outcome {
  readonly machine: Machine;
  readonly options: RaceOptions;
  readonly turns: readonly TurnResult[];
  readonly rows: readonly Row[];
}

/** Writes the results, the chart and the table in the document. */
async function save({ machine, options, turns, rows }: Outcome): Promise<void> {
  const { inFlight, singles, steadySeconds, runs } = options;
  const date = new Date().toISOString().slice(0, 10);
  const results = { date, machine, options: { inFlight, singles, steadySeconds, runs }, turns };
  const document = join(root, 'docs', 'performance.md');
  const own = rows.filter(({ contestant }) => contestant === OPERATOR);
  const text = [
    `Measured on ${date}: ${machineText(machine)}. ${runs === 1 ? 'One run' : `${runs} runs; the median, and in brackets the least and the most`}.`,
    ...[disturbance(machine) ?? []].flat(),
    markdownTable(own),
  ].join('\n\n');
  const files = [
    [join(root, 'bench', 'results.json'), `${JSON.stringify(results, undefined, 1)}\n`],
    [join(root, 'docs', 'performance.svg'), chart(own)],
    [document, replaceBetween(await readFile(document, 'utf8'), 'bench', text)],
  ] as const;
  for (const [path, content] of files) {
    await writeFile(path, content);
    say(`wrote ${relative(root, path)}`);
  }
}

await runProgram(help, raceOptions, main);
