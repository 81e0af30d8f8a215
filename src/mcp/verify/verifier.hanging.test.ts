import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type VerifyingStage, verifyingStage } from '../../../test/support/verifying.ts';

const server = 'default/weather';

/** A stage with one pod that has passed twice: its next probe comes in 30 s. */
async function settledStage(options: Parameters<typeof verifyingStage>[0] = {}): Promise<VerifyingStage> {
  const stage = verifyingStage(options);
  await stage.verifier.start(new AbortController().signal);
  stage.track(server, ['weather-0']);
  await stage.clock.advance(2_000);
  return stage;
}

/** Moves the clock in small steps until the server's only report has this standing. @returns how long it took */
async function timeUntil({ clock, verifier }: VerifyingStage, standing: string, mostMs: number): Promise<number> {
  const start = clock.monotonic();
  while (verifier.reports(server)[0]?.standing !== standing) {
    if (clock.monotonic() - start > mostMs) assert.fail(`not ${standing} within ${mostMs} ms`);
    await clock.advance(20);
  }
  return clock.monotonic() - start;
}

describe('a pod that hangs', () => {
  for (const conduct of ['hang', 'hang-in-session'] as const) {
    for (const chance of [0, 0.5, 0.999]) {
      it(`(${conduct}) is told within interval and timeout, and back within two seconds: chance ${chance}`, async () => {
        const stage = await settledStage({ random: () => chance });
        // Whenever it begins, and however long it lasts.
        for (const [after, lasting] of [
          [0, 0],
          [1_300, 700],
          [29_000, 12_345],
          [7, 61_900],
          [10_000, 90_000],
        ] as const) {
          await stage.clock.advance(after);
          stage.pod('weather-0').conduct = conduct;
          const gone = await timeUntil(stage, 'Failed', 60_000);
          assert.ok(gone <= 30_000 + 5_000 + 20, `told after ${gone} ms`);
          assert.equal(stage.report(server).verdict, 'HandshakeTimeout');
          await stage.clock.advance(lasting);
          stage.pod('weather-0').conduct = 'good';
          const back = await timeUntil(stage, 'Passed', 60_000);
          assert.ok(back <= 2_000, `back after ${back} ms, having hung for ${lasting}`);
        }
        assert.equal(stage.pod('weather-0').most, 1);
      });
    }
  }

  it('is told with the whole timeout that it had, also while it is asked for less', async () => {
    const stage = await settledStage();
    stage.pod('weather-0').conduct = 'hang';
    await timeUntil(stage, 'Failed', 60_000);
    assert.match(stage.report(server).message, /within 5 s/);
    const { length } = stage.changes;
    await stage.clock.advance(100_000);
    assert.match(stage.report(server).message, /within 5 s/);
    assert.equal(stage.changes.length, length, 'and only once');
  });

  it('is told of as hanging, when it was refused before', async () => {
    const stage = await settledStage();
    stage.pod('weather-0').conduct = 'refuse';
    await timeUntil(stage, 'Failed', 60_000);
    stage.pod('weather-0').conduct = 'hang';
    await stage.clock.advance(12_000);
    assert.equal(stage.report(server).verdict, 'HandshakeTimeout');
    assert.match(stage.report(server).message, /within 5 s/);
  });

  it('from its start is told when it had the whole timeout', async () => {
    const stage = verifyingStage();
    stage.pod('weather-0', 'hang');
    await stage.verifier.start(new AbortController().signal);
    stage.track(server, ['weather-0']);
    assert.equal(await timeUntil(stage, 'Failed', 60_000), 5_000);
  });

  it('with a timeout shorter than a short probe has it always', async () => {
    const stage = verifyingStage();
    await stage.verifier.start(new AbortController().signal);
    stage.track(server, ['weather-0'], { timeoutMs: 100 });
    await stage.clock.advance(2_000);
    stage.pod('weather-0').conduct = 'hang';
    await stage.clock.advance(40_000);
    assert.match(stage.report(server).message, /within 0\.1 s/);
  });

  it('is back also as one that is slow now, within two minutes', async () => {
    const stage = await settledStage();
    stage.pod('weather-0').conduct = 'hang';
    await timeUntil(stage, 'Failed', 60_000);
    // Three seconds for the connection: more than a short probe waits.
    const { dial } = stage.pod('weather-0');
    const open = dial.open.bind(dial);
    Object.assign(dial, {
      open: () => {
        const line = open();
        let connected: Promise<void> | undefined;
        return {
          ...line,
          send: async (...args: Parameters<typeof line.send>) => {
            connected ??= new Promise((resolve) => stage.clock.after(3_000, resolve));
            await connected;
            return line.send(...args);
          },
        };
      },
    });
    stage.pod('weather-0').conduct = 'good';
    const back = await timeUntil(stage, 'Passed', 300_000);
    assert.ok(back > 2_000 && back <= 120_000, `${back}`);
  });
});

describe('a pod that fails', () => {
  it('is probed every second for as long as it does', async () => {
    const stage = await settledStage();
    stage.pod('weather-0').conduct = { status: 500 };
    await timeUntil(stage, 'Failed', 60_000);
    const before = stage.pod('weather-0').probes.length;
    await stage.clock.advance(60_000);
    assert.equal(stage.pod('weather-0').probes.length - before, 60);
  });

  it('is reported back at once when it answers', async () => {
    const stage = await settledStage();
    stage.pod('weather-0').conduct = 'refuse';
    await timeUntil(stage, 'Failed', 60_000);
    await stage.clock.advance(100_000);
    stage.pod('weather-0').conduct = 'good';
    assert.ok((await timeUntil(stage, 'Passed', 60_000)) <= 1_020);
    const { length } = stage.pod('weather-0').probes;
    await stage.clock.advance(29_000);
    assert.ok(stage.pod('weather-0').probes.length <= length + 1, 'and is left alone for an interval again');
  });

  it('is left alone for as long as it asks', async () => {
    const stage = await settledStage();
    stage.pod('weather-0').conduct = { status: 429, headers: { 'retry-after': '12' } };
    await timeUntil(stage, 'Failed', 60_000);
    assert.equal(stage.report(server).verdict, 'RateLimited');
    const before = stage.pod('weather-0').probes.length;
    await stage.clock.advance(11_000);
    assert.equal(stage.pod('weather-0').probes.length, before);
    await stage.clock.advance(1_000);
    assert.equal(stage.pod('weather-0').probes.length, before + 1);
  });

  it('is asked at the interval when it wants credentials', async () => {
    const stage = await settledStage();
    stage.pod('weather-0').conduct = 'auth';
    await timeUntil(stage, 'Unknown', 60_000);
    const before = stage.pod('weather-0').probes.length;
    await stage.clock.advance(90_000);
    assert.equal(stage.pod('weather-0').probes.length - before, 3);
  });
});

describe('many pods', () => {
  const names = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

  /** A hundred good pods, settled, and others that are conducted by the test. */
  async function fleet(others: number): Promise<VerifyingStage> {
    let seed = 1;
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const stage = verifyingStage({ random });
    await stage.verifier.start(new AbortController().signal);
    stage.track('default/good', names('good', 100));
    stage.track('default/other', names('other', others));
    await stage.clock.advance(90_000);
    return stage;
  }

  /** The longest time between two probes of any good pod. */
  const longestGap = (stage: VerifyingStage) =>
    Math.max(
      ...names('good', 100).map((name) => {
        const { probes } = stage.pod(name);
        return Math.max(
          ...probes.map((at, index) => at - (probes[index - 1] ?? at)),
          stage.clock.monotonic() - (probes.at(-1) ?? 0),
        );
      }),
    );

  it('that hang do not delay those that answer: all that begin to hang at the same time', async () => {
    const stage = await fleet(200);
    for (const name of names('other', 200)) stage.pod(name).conduct = 'hang';
    await stage.clock.advance(300_000);
    assert.ok(longestGap(stage) <= 30_000, `${longestGap(stage)} ms without a probe`);
    assert.ok(stage.verifier.reports('default/other').every(({ standing }) => standing === 'Failed'));
  });

  it('nor do those that hang from their start', async () => {
    const stage = await fleet(0);
    for (const name of names('other', 200)) stage.pod(name, 'hang');
    stage.track('default/other', names('other', 200));
    await stage.clock.advance(120_000);
    assert.ok(longestGap(stage) <= 30_000, `${longestGap(stage)} ms without a probe`);
    assert.equal(stage.verifier.reports('default/other').length, 200);
  });

  it('that start together are all probed at once, also among some that hang', async () => {
    const stage = await fleet(0);
    for (const name of names('hanging', 30)) stage.pod(name, 'hang');
    stage.track('default/hanging', names('hanging', 30));
    await stage.clock.advance(100);
    stage.track('default/new', names('new', 500));
    await stage.clock.advance(100);
    assert.equal(stage.verifier.reports('default/new').length, 500);
  });

  it('are never probed more than so many at a time', async () => {
    const stage = verifyingStage({ concurrency: 3 });
    await stage.verifier.start(new AbortController().signal);
    for (const name of names('other', 60)) stage.pod(name, 'hang');
    stage.track('default/other', names('other', 60));
    let most = 0;
    for (let step = 0; step < 200; step++) {
      await stage.clock.advance(100);
      most = Math.max(most, names('other', 60).filter((name) => stage.pod(name).open > 0).length);
    }
    assert.ok(most > 3 && most <= 15, `${most} at a time`);
  });

  it('that fail share a hundred probes a second', async () => {
    const stage = await fleet(250);
    for (const name of names('other', 250)) stage.pod(name).conduct = { status: 500 };
    await stage.clock.advance(40_000);
    const count = () => names('other', 250).reduce((sum, name) => sum + stage.pod(name).probes.length, 0);
    const before = count();
    await stage.clock.advance(20_000);
    const perSecond = (count() - before) / 20;
    assert.ok(perSecond >= 90 && perSecond <= 112, `${perSecond} probes a second`);
    assert.ok(longestGap(stage) <= 30_000);
  });

  it('that no longer fail do not slow the others down any more', async () => {
    const stage = await fleet(250);
    for (const name of names('other', 250)) stage.pod(name).conduct = { status: 500 };
    await stage.clock.advance(40_000);
    stage.verifier.forget('default/other');
    stage.pod('good-0').conduct = { status: 500 };
    await stage.clock.advance(31_000);
    const before = stage.pod('good-0').probes.length;
    await stage.clock.advance(10_000);
    assert.ok(stage.pod('good-0').probes.length - before >= 10);
  });

  it('do not fall into step: after one start their probes are spread over the interval', async () => {
    const stage = await fleet(400);
    const from = stage.clock.monotonic();
    await stage.clock.advance(30_000);
    const perSecond = new Array<number>(30).fill(0);
    for (const name of [...names('good', 100), ...names('other', 400)]) {
      for (const at of stage.pod(name).probes) {
        const second = Math.floor((at - from) / 1_000);
        if (second >= 0 && second < 30) perSecond[second] = (perSecond[second] ?? 0) + 1;
      }
    }
    assert.ok(Math.max(...perSecond) <= 45, `${perSecond} (17 a second on average)`);
  });
});
