import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { Adapter } from '../../bench/race/adapter.ts';
import { floor } from '../../bench/race/adapters/floor.ts';
import { smoothOperator } from '../../bench/race/adapters/smooth-operator.ts';
import { phaseNames, type TurnResult } from '../../bench/race/phase-result.ts';
import { writePrograms } from '../../bench/race/programs.ts';
import { runTurn } from '../../bench/race/turn.ts';
import { controlPlaneNames } from '../../cluster/binaries/release.ts';
import { resolveBinaries } from '../../cluster/binaries/resolve.ts';

/**
 * A race of few servers: what is looked at is what the API server's own log says that was sent, never how long it took.
 * The yardstick must send the fewest writes that there can be, and the operator no other ones.
 */

const SERVERS = 4;
const SINGLES = 2;

const directory = await mkdtemp(join(tmpdir(), 'smooth-race-'));
after(() => rm(directory, { recursive: true, force: true }));
const programs = await writePrograms(directory);
const binaries = await resolveBinaries({ needed: controlPlaneNames });

function turn(adapter: Adapter, profileDir?: string): Promise<TurnResult> {
  return runTurn({
    adapter,
    adapterFile: directory,
    probe: programs.probe,
    servers: SERVERS,
    run: 1,
    phases: new Set(phaseNames),
    inFlight: 2,
    singles: SINGLES,
    steadySeconds: 1,
    profileDir,
    binaries,
    signal: new AbortController().signal,
    progress: () => undefined,
  });
}

/** What each phase wrote, as `patch deployments` to their number. */
const writesOf = ({ phases }: TurnResult) =>
  Object.fromEntries(Object.entries(phases).map(([phase, { requests }]) => [phase, requests.writesBy]));

const children = (count: number) => ({ 'patch deployments': count, 'patch services': count });
const status = (count: number) => ({ 'patch mcpservers/status': count });

const fewest = {
  start: {},
  single: { ...children(SINGLES), ...status(SINGLES) },
  burst: { ...children(SERVERS), ...status(SERVERS) },
  available: status(SERVERS),
  steady: {},
  scale: { 'patch deployments': SERVERS, ...status(SERVERS) },
  children: { ...children(SERVERS), ...status(SERVERS) },
  restart: {},
};

describe('the floor', () => {
  test('sends three writes for a new server, one for Running, two for a scale, and nothing at rest or at a start', async () => {
    const result = await turn(floor(programs.floor));
    assert.deepEqual(writesOf(result), fewest);
    for (const [phase, { requests }] of Object.entries(result.phases)) assert.equal(requests.refused, 0, phase);
    const { start, restart } = result.phases;
    assert.deepEqual([start?.requests.lists, restart?.requests.lists], [3, 3]);
    assert.equal(result.phases.single?.latency?.samples, SINGLES);
  });
});

describe('the operator', () => {
  const profiles = join(directory, 'profiles');

  test('sends the same writes, and Events about what somebody else deleted', async () => {
    const result = await turn(smoothOperator(programs.operator), profiles);
    const { children: healed, ...rest } = writesOf(result);
    const { children: _, ...others } = fewest;
    assert.deepEqual(rest, others);
    const { 'create events': events = 0, ...writes } = healed ?? {};
    assert.deepEqual(writes, fewest.children);
    assert.ok(events <= 2 * SERVERS, `${events} Events`);
    for (const [phase, { requests }] of Object.entries(result.phases)) assert.equal(requests.refused, 0, phase);
    const { steady, restart } = result.phases;
    assert.deepEqual([steady?.requests.gets, steady?.requests.lists], [0, 0]);
    assert.deepEqual([restart?.requests.gets, restart?.requests.lists], [0, 6]);
    assert.ok((result.phases.burst?.loop?.max ?? 0) > 0, 'the event loop was watched');
    assert.ok((result.phases.burst?.cpuSeconds ?? 0) > 0 && (result.phases.steady?.rss ?? 0) > 10);
  });

  test('is profiled in each phase, its start too', async () => {
    for (const phase of phaseNames) {
      const profile = JSON.parse(await readFile(join(profiles, `${phase}.cpuprofile`), 'utf8'));
      assert.ok(profile.samples.length > 0, phase);
    }
    assert.ok(existsSync(join(profiles, 'steady.heapsnapshot')));
  });
});

test('a contestant that ends by itself ends the race, with its last words', async () => {
  const words = "console.error('I give up'); process.exit(3)";
  const adapter: Adapter = { ...floor([]), name: 'quitter', command: [process.execPath, '-e', words], node: false };
  await assert.rejects(turn(adapter), /quitter ended by itself \(3\)[\s\S]*I give up/);
  // Left open, it is closed by the garbage collector, which ends the process with an error some time later.
  assert.deepEqual(await openFiles(/audit\.log/), [], 'the audit log is closed');
});

/** Files of this process, by a part of their path. Linux alone tells; elsewhere there are none. */
async function openFiles(path: RegExp): Promise<readonly string[]> {
  if (process.platform !== 'linux') return [];
  const descriptors = await readdir('/proc/self/fd');
  // One of them is the directory's own, which is closed by now.
  const files = await Promise.all(descriptors.map((each) => readlink(`/proc/self/fd/${each}`).catch(() => '')));
  return files.filter((file) => path.test(file));
}
