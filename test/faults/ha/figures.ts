/**
 * Measures what is promised of leader election and outages, on a real API server with real operator processes, and
 * prints each figure beside its promise. Exit code 1 when a promise is broken.
 *
 * Usage: node test/faults/ha/figures.ts [--rounds 3]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type ControlPlane, startControlPlane } from '../../../cluster/control-plane.ts';
import { administer, type TestControlPlane } from '../../support/control-plane.ts';
import { installMCPServerCrd } from '../../support/operator.ts';
import { blackHoleOf } from './black-hole.ts';
import { awayAndBack, startInPod } from './outages.ts';
import { type Pair, startPair } from './pair.ts';
import { cutOff, killed, paused, robbed, terminated } from './scenarios.ts';

/** One figure: how it is measured, and what is promised. */
interface Figure {
  readonly name: string;
  readonly promise: number;
  readonly unit: 's' | 'writes' | 'lost';
  /** How often, at most: some take a minute. */
  readonly rounds: number;
  measure(round: number): Promise<number>;
}

const usage = `Usage: node test/faults/ha/figures.ts [--rounds <n>]

Measures leader election and outages against their promises. A round takes about four minutes.
  --rounds <n>   how often the short ones are measured; the worst counts (default 3)`;

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, help: { type: 'boolean', short: 'h', default: false } },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error(`--rounds ${values.rounds}: give a whole number from 1 on\n\n${usage}`);
  process.exit(2);
}
process.exit(await main());

async function main(): Promise<number> {
  await using owned = new AsyncDisposableStack();
  console.log('starting a control plane ...');
  const own = await startControlPlane({ components: ['etcd', 'kube-apiserver', 'kube-controller-manager'] });
  owned.defer(() => own.stop());
  const files = await mkdtemp(join(tmpdir(), 'smooth-figures-'));
  owned.defer(() => rm(files, { recursive: true, force: true }));
  const plane = await administer({ kubeconfig: own.kubeconfig, kubectl: own.kubectl, files });
  await installMCPServerCrd(plane);
  let broken = 0;
  for (const figure of figuresOf(own, plane)) if (!(await tell(figure))) broken += 1;
  console.log(broken === 0 ? 'every promise is kept' : `${broken} promises are broken`);
  return broken === 0 ? 0 : 1;
}

/** @returns whether the promise is kept */
async function tell({ name, promise, unit, rounds: times, measure }: Figure): Promise<boolean> {
  const measured: number[] = [];
  try {
    for (let round = 0; round < times; round += 1) {
      process.stdout.write(`  ${name}: ${round + 1} of ${times}\r`);
      measured.push(await measure(round));
    }
  } catch (thrown) {
    console.log(`✗ ${name}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    return false;
  }
  const kept = Math.max(...measured) <= promise;
  const shown = measured.map((value) => (unit === 's' ? value.toFixed(1) : String(value))).join(', ');
  console.log(`${kept ? '✓' : '✗'} ${name}: ${shown} ${unit} (promised: at most ${promise} ${unit})`);
  return kept;
}

function figuresOf(own: ControlPlane, plane: TestControlPlane): readonly Figure[] {
  const withPair = async <T>(scenario: (pair: Pair) => Promise<T>): Promise<T> => {
    await using pair = await startPair(plane);
    return await scenario(pair);
  };
  const seconds = (ms: number) => ms / 1000;
  return [
    {
      name: 'SIGTERM: until the next leader has written',
      promise: 3,
      unit: 's',
      rounds,
      measure: async () => seconds(await withPair(terminated)),
    },
    {
      name: 'SIGKILL: until the next leader has written',
      promise: 17.4,
      unit: 's',
      rounds,
      measure: async () => seconds(await withPair(killed)),
    },
    {
      name: 'SIGSTOP for 20 s, then SIGCONT: what the deposed leader writes',
      promise: 0,
      unit: 'writes',
      rounds,
      measure: async () => (await withPair((pair) => paused(pair, 20_000))).writesAfterResume,
    },
    {
      name: 'a stolen lease: until the leader has ended',
      promise: 3,
      unit: 's',
      rounds,
      measure: async () => seconds((await withPair((pair) => robbed(pair, plane))).noticedMs),
    },
    {
      name: 'lease calls that hang: until the leader writes no more',
      promise: 10,
      unit: 's',
      rounds: 1,
      measure: async () => seconds((await withPair((pair) => cutOff(pair, 'request'))).fencedMs),
    },
    {
      name: 'renewals whose answers are lost: until the leader writes no more',
      promise: 10,
      unit: 's',
      rounds: 1,
      measure: async () => seconds((await withPair((pair) => cutOff(pair, 'answer'))).fencedMs),
    },
    {
      name: 'black-holed watches: until there is another',
      promise: 60,
      unit: 's',
      rounds,
      // Of different ages: what counts is how long a watch has left.
      measure: async (round) => seconds((await blackHoleOf(plane, round * 7_000)).noticedMs),
    },
    {
      name: 'the API server away for a minute: MCPServers lost or wrong',
      promise: 0,
      unit: 'lost',
      rounds: 1,
      async measure() {
        await using pod = await startInPod(plane, own.ca);
        await awayAndBack(own, pod, 60_000);
        return 0;
      },
    },
  ];
}
