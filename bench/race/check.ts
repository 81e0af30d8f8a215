import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { layoutOf } from '../../cluster/layout.ts';
import { type Baseline, baselineOf, compare, comparisonText } from './baseline.ts';
import { type CheckOptions, checkOptions, help } from './check-options.ts';
import { rowsOf } from './figures.ts';
import { disturbance, thisMachine } from './machine.ts';
import { type PhaseName, phaseNames, type TurnResult } from './phase-result.ts';
import { runProgram } from './program.ts';
import { runRace } from './race.ts';

// `make bench-check`: whether the operator has become slower, larger or more talkative. `--help` tells the rest.

const file = join(layoutOf().checkout, 'bench', 'baseline.json');
const say = (line: string) => console.log(line);

/** One server at idle is a matter of milliseconds, which a busy machine makes what it likes. */
const checked = new Set<PhaseName>(phaseNames.filter((phase) => phase !== 'single'));

async function main({ servers, runs, more, update }: CheckOptions, signal: AbortSignal): Promise<boolean> {
  const warning = disturbance(thisMachine());
  if (warning !== undefined) say(warning);
  const turns: TurnResult[] = [];
  const race = async (count: number) => {
    const options = {
      servers: [servers],
      runs: count,
      phases: checked,
      adapters: [],
      withOperator: true,
      inFlight: 16,
      singles: 1,
      steadySeconds: 20,
      profile: false,
      save: false,
      resume: false,
    };
    const first = Math.max(0, ...turns.map(({ run }) => run));
    const results = await runRace(options, signal, say);
    turns.push(...results.map((turn) => ({ ...turn, run: turn.run + first })));
  };

  await race(runs);
  if (update) {
    await writeFile(file, `${JSON.stringify(baselineOf(rowsOf(turns)), undefined, 2)}\n`);
    say('wrote bench/baseline.json');
    return true;
  }
  const baseline: Baseline = JSON.parse(await readFile(file, 'utf8'));
  for (let left = more; ; left -= 1) {
    const comparisons = compare(baseline, rowsOf(turns));
    say(`\nThe median of ${turns.length / 2} alternations:\n${comparisonText(comparisons)}\n`);
    if (comparisons.every(({ ok }) => ok)) return true;
    if (left === 0) break;
    say('too much; measuring once more before that is believed');
    await race(1);
  }
  say('Find the cause with: make bench ARGS="--n=500 --profile". If it is meant: make bench-check ARGS=--update');
  return false;
}

await runProgram(help, checkOptions, main);
