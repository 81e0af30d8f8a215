/**
 * The operator's leader is ended every 20 to 40 seconds while users create, change and delete MCPServers with real pods
 * on the local cluster. In the end every one has to be as it was wished for last, and a server that nobody touched must
 * have answered all the time. Exit code 1 when not.
 *
 * Usage: npm run chaos -- [--seed 1] [--minutes 5]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { down, loadImage, status, up } from '../../../cluster/cluster.ts';
import { ClusterError } from '../../../cluster/cluster-error.ts';
import { converse } from '../../../demo/client.ts';
import { loadOperatorImage } from '../../../demo/operator.ts';
import { buildImage } from '../../../images/build.ts';
import { deploy } from '../../../tools/deploy.ts';
import { type ClusterKubectl, clusterKubectl } from '../../e2e/support/cluster-kubectl.ts';
import { leader, operatorNamespace } from '../../e2e/support/deployed-operator.ts';
import { killOperator } from '../../e2e/support/kill-container.ts';
import { noPods } from '../../e2e/support/no-pods.ts';
import { createPlayground, type Playground } from '../../e2e/support/playground.ts';
import { until } from '../../support/until.ts';
import { createRandom } from '../command/random.ts';
import { type Blow, blows, createChaosModel, type UserAction, type Wish } from './chaos-model.ts';
import { carryOut, wrongWith } from './chaos-servers.ts';

const usage = `Usage: npm run chaos -- [--seed <n>] [--minutes <n>]

Ends the operator's leader every 20 to 40 s while users change MCPServers on the local cluster, which is started and ended
if need be, and checks what has become of each.
  --seed <n>      the same users and the same moments again (default: a new one, which is printed)
  --minutes <n>   how long (default 5)`;

const IMAGE = 'smooth-operator/sample-server:dev';
const names = Array.from({ length: 6 }, (_, index) => `play-${index}`);
const ACTION_MS = 3_000;
const ASK_MS = 500;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e6)) },
    minutes: { type: 'string', default: '5' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const seed = Number(values.seed);
const minutes = Number(values.minutes);
if (!Number.isInteger(seed) || !(minutes > 0)) {
  console.error(`--seed ${values.seed} --minutes ${values.minutes}: give whole numbers\n\n${usage}`);
  process.exit(2);
}
const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort());
process.exit(await main());

async function main(): Promise<number> {
  if (noPods) throw new ClusterError('UnsupportedHost', `chaos needs real pods: ${noPods}`);
  console.log(`seed ${seed}, ${minutes} minutes; starting cluster and operator ...`);
  const wasUp = (await status()).running.length > 0;
  const cluster = await up();
  const kubectl = await clusterKubectl(cluster);
  await loadImage((await buildImage('sample-server')).archivePath);
  const image = await loadOperatorImage(() => undefined, interrupt.signal);
  await deploy(kubectl, { image, wait: true, print: () => undefined });
  const playground = await createPlayground(kubectl);
  try {
    return await chaos(kubectl, playground);
  } finally {
    await playground.remove();
    if (!wasUp) await down();
  }
}

async function chaos(kubectl: ClusterKubectl, playground: Playground): Promise<number> {
  const steady: Wish = { replicas: 2, port: 8080, colour: 'red' };
  await carryOut(playground, IMAGE, { do: 'apply', name: 'steady', wish: steady });
  await playground.untilServer('steady', 'Ready', ({ status: now }) => now?.phase === 'Running');
  const asked = { times: 0, failures: [] as string[] };
  const over = new AbortController();
  const model = createChaosModel(createRandom(seed), names);
  const url = `${await playground.url('steady')}/mcp`;
  const [ended] = await Promise.all([
    endLeaders(kubectl).finally(() => over.abort()),
    ask(url, asked, over.signal),
    use(playground, model.next, over.signal),
  ]);
  console.log(`the leader was ended ${ended} times; waiting for everything to be right ...`);
  const wrong = await untilRight(playground, new Map([...model.wished(), ['steady', steady]]));
  for (const line of wrong) console.log(`✗ ${line}`);
  for (const line of asked.failures.slice(0, 5)) console.log(`✗ steady did not answer: ${line}`);
  console.log(`steady was asked ${asked.times} times and failed ${asked.failures.length} times`);
  const kept = wrong.length === 0 && asked.failures.length === 0 && !interrupt.signal.aborted;
  console.log(kept ? '✓ no MCPServer lost or wrong' : `✗ replay: npm run chaos -- --seed ${seed} --minutes ${minutes}`);
  return kept ? 0 : 1;
}

/** Asks a server that nobody touches, through its Service, as a client does. */
async function ask(url: string, asked: { times: number; failures: string[] }, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    asked.times += 1;
    await converse(url, { name: 'whoami', arguments: {} }).catch((thrown: unknown) =>
      asked.failures.push(String(thrown)),
    );
    await sleep(ASK_MS);
  }
}

async function use(playground: Playground, next: () => UserAction, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    await carryOut(playground, IMAGE, next());
    await sleep(ACTION_MS);
  }
}

/** @returns how often */
async function endLeaders(kubectl: ClusterKubectl): Promise<number> {
  const begin = performance.now();
  const durationMs = minutes * 60_000;
  let count = 0;
  for (const { atMs, how } of blows(createRandom(seed), durationMs)) {
    await sleep(Math.max(0, begin + atMs - performance.now()), undefined, { signal: interrupt.signal }).catch(
      ifAborted,
    );
    if (interrupt.signal.aborted) return count;
    const holder = await leader(kubectl);
    console.log(`${Math.round((performance.now() - begin) / 1000)} s: ${how}: ${holder || 'nobody leads'}`);
    await endLeader(kubectl, holder, how);
    count += 1;
  }
  await sleep(Math.max(0, begin + durationMs - performance.now()), undefined, { signal: interrupt.signal }).catch(
    ifAborted,
  );
  return count;
}

async function endLeader(kubectl: ClusterKubectl, holder: string, how: Blow): Promise<void> {
  // The identity is the pod's name and a random part.
  const pod = holder.split('_')[0] ?? '';
  if (how === 'process killed') return killOperator(kubectl, (name) => name === pod);
  await kubectl.read('-n', operatorNamespace, 'delete', 'pod', pod, '--ignore-not-found', '--wait=false');
}

function ifAborted(thrown: unknown): void {
  if (!(thrown instanceof Error && thrown.name === 'AbortError')) throw thrown;
}

/** @returns what is still wrong after a long time, a line each */
async function untilRight(playground: Playground, wished: ReadonlyMap<string, Wish>): Promise<readonly string[]> {
  const check = async () =>
    (await Promise.all(['steady', ...names].map((name) => wrongWith(playground, name, wished.get(name))))).flat();
  try {
    await until(async () => (await check()).length === 0, {
      what: 'all to be right',
      deadlineMs: 300_000,
      intervalMs: 2_000,
    });
    return [];
  } catch (thrown) {
    if (!(thrown instanceof ClusterError)) throw thrown;
    return check();
  }
}
