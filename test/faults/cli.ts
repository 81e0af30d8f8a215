import { readFile, writeFile } from 'node:fs/promises';
import { CommanderError } from 'commander';
import { preparePlans, runCampaign, START_UP_OF } from './command/campaign.ts';
import { type FaultOptions, parseOptions } from './command/options.ts';
import { countsOf } from './command/outcome.ts';
import { runAndJudge, traceText } from './command/run-plans.ts';
import { summaryLines, summaryMarkdown, withSummary } from './command/summary.ts';
import { openWorkshop, type Workshop } from './command/workshop.ts';
import { planWithId } from './plans/select-plans.ts';
import { seeds } from './seeds/catalog.ts';

// `make faults` and `make faults-full`. `--help` tells the rest.

const print = (line: string) => console.log(line);

/** Exit codes: 0 all passed, 1 something failed, 2 the command line is wrong, 130 ended by Ctrl-C. */
async function main(options: FaultOptions): Promise<number> {
  const interrupt = new AbortController();
  // Once: a second Ctrl-C ends this process at once.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => interrupt.abort());
  const { signal } = interrupt;
  let workshop: Workshop | undefined;
  try {
    workshop = await openWorkshop(process.env, (line) => print(`  ${line}`), signal);
    return await work(options, workshop, signal);
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
    print('interrupted');
    return 130;
  } finally {
    await workshop?.close();
  }
}

async function work(options: FaultOptions, workshop: Workshop, signal: AbortSignal): Promise<number> {
  const context = { workshop, print, signal };
  if (options.list) {
    const { plans } = await preparePlans(context, options);
    for (const { id, number, about } of plans) print(`${id}  ${number}: ${about}`);
    print(`${plans.length} plans`);
    return 0;
  }
  if (options.plan !== undefined) return replay(options.plan, options, workshop, signal);
  const campaign = await runCampaign(options, context);
  if (signal.aborted) print('interrupted: what follows is the count until then');
  for (const line of summaryLines(campaign)) print(line);
  signal.throwIfAborted();
  if (options.report !== undefined) {
    const document = await readFile(options.report, 'utf8');
    await writeFile(options.report, withSummary(document, summaryMarkdown(campaign, new Date())));
  }
  return countsOf(campaign).failed === 0 ? 0 : 1;
}

/** One plan, with everything that can be seen of it. */
async function replay(id: string, options: FaultOptions, workshop: Workshop, signal: AbortSignal): Promise<number> {
  const [workload = START_UP_OF] = id.split('/');
  const { references, plans } = await preparePlans({ workshop, print, signal }, { ...options, workloads: [workload] });
  const plan = planWithId(plans, id);
  const seed = seeds.find(({ name }) => name === options.seeds?.[0]);
  const stage = seed === undefined ? workshop.stage : await workshop.withSeed(seed);
  print(`== ${plan.id}: ${plan.about}${seed === undefined ? '' : `; with the defect ${seed.name}: ${seed.about}`}`);
  const { record, findings } = await runAndJudge(stage, references, { workload, plan }, signal);
  const told = findings.map(({ oracle, text }) => `${oracle} ${text}`);
  print(traceText(record, told));
  for (const text of told) print(`FOUND ${text}`);
  print(findings.length === 0 ? '1 passed, 0 failed' : '0 passed, 1 failed');
  return findings.length === 0 ? 0 : 1;
}

if (import.meta.main) {
  // Ended by hand: with sockets that a fault has left in mid-air, Node 26 goes round in circles when it ends by itself.
  process.exit(await exitCode());
}

async function exitCode(): Promise<number> {
  try {
    return await main(parseOptions(process.argv.slice(2)));
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
    console.error(thrown instanceof RangeError ? `error: ${thrown.message}` : thrown);
    return thrown instanceof RangeError ? 2 : 1;
  }
}
