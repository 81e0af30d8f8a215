import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { targetOf, usualSettings, type VerifyingStage, verifyingStage } from '../../../test/support/verifying.ts';

/** A stage with one server of one pod, which has been probed once. */
async function probedStage(...args: Parameters<typeof verifyingStage>): Promise<VerifyingStage> {
  const stage = verifyingStage(...args);
  await stage.verifier.start(new AbortController().signal);
  stage.track('default/weather', ['weather-0']);
  await stage.clock.advance(0);
  return stage;
}

describe('a verifier', () => {
  it('probes nothing before it is started, and everything at once then', async () => {
    const { clock, verifier, pod, track } = verifyingStage();
    track('default/weather', ['weather-0', 'weather-1']);
    track('default/news', ['news-0']);
    await clock.advance(60_000);
    assert.deepEqual([pod('weather-0').probes, pod('news-0').probes], [[], []]);
    await verifier.start(new AbortController().signal);
    await clock.advance(100);
    for (const name of ['weather-0', 'weather-1', 'news-0']) assert.deepEqual(pod(name).probes, [60_000]);
  });

  it('probes a pod at once when it comes', async () => {
    const { clock, verifier, pod, track, report } = verifyingStage();
    await verifier.start(new AbortController().signal);
    await clock.advance(12_345);
    track('default/weather', ['weather-0']);
    assert.deepEqual(verifier.reports('default/weather'), []);
    await clock.advance(0);
    assert.deepEqual(pod('weather-0').probes, [12_345]);
    assert.equal(report('default/weather').verdict, 'HandshakePassed');
    assert.equal(report('default/weather').podUid, 'weather-0');
    assert.equal(report('default/weather').server?.name, 'pretend');
    assert.deepEqual(report('default/weather').tools?.names, ['echo']);
  });

  it('probes it a second time within an interval, and every interval from then on', async () => {
    const { clock, pod } = await probedStage({ random: () => 0.5 });
    await clock.advance(100_000);
    assert.deepEqual(pod('weather-0').probes, [50, 15_050, 43_550, 72_050]);
  });

  it('goes by the chance that it is given', async () => {
    const chances = [0, 0.9, 0, 0.999, 0.25];
    let next = 0;
    const { clock, pod } = await probedStage({ random: () => chances[next++] ?? 0 });
    await clock.advance(120_000);
    assert.deepEqual(pod('weather-0').probes, [0, 27_000, 57_000, 84_003, 113_253]);
  });

  it('counts the interval from the verdict', async () => {
    const { clock, pod } = await probedStage();
    pod('weather-0').conduct = 'hang-in-session';
    // At 1 s it opens a session and hangs; 5 s later that is known; the DELETE hangs for one more second.
    await clock.advance(6_000);
    assert.deepEqual(pod('weather-0').probes, [0, 1_000]);
    await clock.advance(1_000);
    assert.deepEqual(pod('weather-0').probes, [0, 1_000, 7_000]);
  });

  it('ends the session of every probe', async () => {
    const { clock, pod } = await probedStage();
    await clock.advance(600_000);
    assert.ok(pod('weather-0').probes.length >= 20);
    assert.equal(pod('weather-0').sessions.size, 0);
    assert.equal(pod('weather-0').open, 0);
  });

  it('hands every result to who counts them', async () => {
    const { results } = await probedStage();
    assert.deepEqual(
      results.map(([server, { verdict }]) => [server, verdict]),
      [['default/weather', 'HandshakePassed']],
    );
  });
});

describe('what is told', () => {
  it('is a change, once; a probe that finds the same is silent', async () => {
    const { clock, changes, pod } = await probedStage();
    assert.deepEqual(changes, ['default/weather']);
    await clock.advance(300_000);
    assert.ok(pod('weather-0').probes.length > 9);
    assert.deepEqual(changes, ['default/weather']);
  });

  it('is a change of the tools', async () => {
    const { clock, changes, pod, report } = await probedStage();
    pod('weather-0').tools = ['echo', 'forecast'];
    await clock.advance(30_000);
    assert.equal(changes.length, 2);
    assert.deepEqual(report('default/weather').tools?.names, ['echo', 'forecast']);
  });

  it('is a failure of a pod that had passed, at once', async () => {
    const { clock, changes, pod, report } = await probedStage();
    pod('weather-0').conduct = 'refuse';
    await clock.advance(1_000);
    assert.equal(changes.length, 2);
    assert.equal(report('default/weather').standing, 'Failed');
    assert.equal(report('default/weather').verdict, 'Unreachable');
  });

  it('is not the failure of a pod that starts', async () => {
    const stage = verifyingStage();
    stage.pod('weather-0', 'refuse');
    await stage.verifier.start(new AbortController().signal);
    stage.track('default/weather', ['weather-0']);
    await stage.clock.advance(2_900);
    assert.equal(stage.pod('weather-0').requests.length, 5);
    assert.deepEqual(stage.changes, []);
    assert.deepEqual(stage.verifier.reports('default/weather'), []);
    stage.pod('weather-0').conduct = 'good';
    await stage.clock.advance(1_000);
    assert.equal(stage.report('default/weather').standing, 'Passed');
    assert.equal(stage.changes.length, 1);
  });

  it('is the failure of one that does not come up', async () => {
    const stage = verifyingStage();
    stage.pod('weather-0', 'refuse');
    await stage.verifier.start(new AbortController().signal);
    stage.track('default/weather', ['weather-0']);
    await stage.clock.advance(4_000);
    assert.equal(stage.report('default/weather').verdict, 'Unreachable');
    await stage.clock.advance(60_000);
    assert.equal(stage.changes.length, 1);
  });

  it('is told even when a listener fails', async () => {
    let told = 0;
    const { clock, pod, log, report } = await probedStage({
      onChange: () => {
        told += 1;
        throw new Error('a bug');
      },
      onProbe: () => {
        throw new Error('another');
      },
    });
    assert.equal(told, 1);
    assert.equal(report('default/weather').standing, 'Passed');
    assert.deepEqual(log.at('error'), ['a listener of the verifier failed', 'a listener of the verifier failed']);
    await clock.advance(60_000);
    assert.equal(pod('weather-0').probes.length, 3, 'and the next probes come when they should');
  });

  it('is each pod’s own', async () => {
    const stage = verifyingStage();
    stage.pod('weather-1', { status: 500 });
    await stage.verifier.start(new AbortController().signal);
    stage.track('default/weather', ['weather-0', 'weather-1']);
    await stage.clock.advance(10_000);
    assert.deepEqual(
      stage.verifier.reports('default/weather').map(({ pod, verdict }) => [pod, verdict]),
      [
        ['weather-0', 'HandshakePassed'],
        ['weather-1', 'ServerError'],
      ],
    );
  });
});

describe('the end of it', () => {
  it('comes for a pod that is not named any more', async () => {
    const { clock, pod, track, verifier } = await probedStage();
    track('default/weather', ['weather-1']);
    await clock.advance(100_000);
    assert.equal(pod('weather-0').probes.length, 1);
    assert.deepEqual(
      verifier.reports('default/weather').map((report) => report.pod),
      ['weather-1'],
    );
  });

  it('comes for a server that is forgotten', async () => {
    const { clock, pod, verifier } = await probedStage();
    verifier.forget('default/weather');
    verifier.forget('default/never-seen');
    await clock.advance(100_000);
    assert.equal(pod('weather-0').probes.length, 1);
    assert.deepEqual(verifier.reports('default/weather'), []);
    assert.deepEqual(clock.pending(), []);
  });

  it('gives up the probe under way, and says nothing about it', async () => {
    const { clock, pod, track, results, changes } = await probedStage();
    pod('weather-0').conduct = 'hang';
    await clock.advance(1_000);
    assert.equal(pod('weather-0').open, 1);
    track('default/weather', []);
    await clock.advance(0);
    assert.equal(pod('weather-0').open, 0);
    assert.deepEqual([results.length, changes.length], [1, 1]);
    assert.deepEqual(clock.pending(), []);
  });

  it('leaves nothing behind for replicas 0: nothing is probed, nothing waits', async () => {
    const { clock, track } = await probedStage();
    track('default/weather', []);
    assert.deepEqual(clock.pending(), []);
  });

  it('waits for what is under way, with its sessions, and keeps the findings', async () => {
    const { clock, pod, verifier, report } = await probedStage();
    pod('weather-0').conduct = 'hang-in-session';
    await clock.advance(1_000);
    assert.equal(pod('weather-0').sessions.size, 1);
    let stopped = false;
    const stopping = Promise.resolve(verifier.stop?.({ clean: true })).then(() => {
      stopped = true;
    });
    await clock.advance(999);
    assert.equal(stopped, false, 'the DELETE is under way');
    await clock.advance(1);
    await stopping;
    assert.equal(pod('weather-0').open, 0);
    assert.deepEqual(clock.pending(), []);
    assert.equal(report('default/weather').standing, 'Passed', 'the last verdict stays');
  });

  it('is for good', async () => {
    const { clock, pod, track, verifier } = await probedStage();
    await verifier.stop?.({ clean: true });
    await verifier.stop?.({ clean: true });
    track('default/weather', ['weather-0', 'weather-1']);
    verifier.track('default/weather', { ...usualSettings, path: '/' }, [targetOf('weather-0')]);
    verifier.forget('default/weather');
    await clock.advance(100_000);
    assert.equal(pod('weather-0').probes.length, 1);
    assert.deepEqual(pod('weather-1').probes, []);
    assert.throws(() => verifier.start(new AbortController().signal), /does not start again/);
  });

  it('comes for probes that wait for their turn, without a word to their pods', async () => {
    const { clock, pod, track, verifier } = await probedStage({ concurrency: 1 });
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) pod(name, 'hang');
    track('default/hanging', ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
    await clock.advance(0);
    const asked = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].filter((name) => pod(name).requests.length > 0);
    assert.equal(asked.length, 2);
    await verifier.stop?.({ clean: true });
    assert.equal(pod('h').requests.length, 0);
    assert.deepEqual(clock.pending(), []);
  });
});
