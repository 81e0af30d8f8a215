import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { targetOf, usualSettings, type VerifyingStage, verifyingStage } from '../../../test/support/verifying.ts';
import type { PodTarget, VerifySettings } from './verifier.ts';

const server = 'default/weather';

/** A stage with one server of one pod, which has been probed twice and is settled. */
async function settledStage(
  options: Parameters<typeof verifyingStage>[0] = {},
  settings: Partial<VerifySettings> = {},
): Promise<VerifyingStage> {
  const stage = verifyingStage(options);
  await stage.verifier.start(new AbortController().signal);
  stage.track(server, ['weather-0'], settings);
  await stage.clock.advance(2_000);
  return stage;
}

function trackWith({ verifier }: VerifyingStage, settings: Partial<VerifySettings>, target: Partial<PodTarget> = {}) {
  verifier.track(server, { ...usualSettings, ...settings }, [targetOf('weather-0', target)]);
}

describe('a change of what is asked', () => {
  const changes: readonly (readonly [Partial<VerifySettings>, Partial<PodTarget>])[] = [
    [{ path: '/other' }, {}],
    [{ host: 'weather.default.svc:9090' }, {}],
    [{ intervalMs: 60_000 }, {}],
    [{ timeoutMs: 1_000 }, {}],
    [{ healthPath: '/health' }, {}],
    [{ credentials: 'token@1' }, {}],
    [{}, { address: '10.0.0.8' }],
    [{}, { port: 9090 }],
    [{}, { image: 'weather:2' }],
    [{}, { template: 'def' }],
  ];
  for (const [settings, target] of changes) {
    it(`has the pod probed at once: ${JSON.stringify({ ...settings, ...target })}`, async () => {
      const stage = await settledStage();
      const before = stage.pod('weather-0').probes.length;
      trackWith(stage, settings, target);
      await stage.clock.advance(0);
      assert.equal(stage.pod('weather-0').probes.length, before + 1);
    });
  }

  it('is none when all is as before: reconciles come often', async () => {
    const stage = await settledStage();
    const probes = [...stage.pod('weather-0').probes];
    for (let count = 0; count < 100; count++) trackWith(stage, {});
    await stage.clock.advance(20_000);
    assert.deepEqual(stage.pod('weather-0').probes, probes);
    assert.deepEqual(stage.clock.pending(), [9_000], 'nor does it put the next probe off');
  });

  it('gives up the probe under way, whose answer would be one to another question', async () => {
    const stage = await settledStage();
    stage.pod('weather-0').conduct = 'hang';
    await stage.clock.advance(30_000);
    assert.equal(stage.pod('weather-0').open, 1);
    const { length } = stage.results;
    trackWith(stage, { path: '/other' });
    stage.pod('weather-0').conduct = 'good';
    await stage.clock.advance(0);
    assert.equal(stage.results.length, length + 1, 'only the new one is counted');
    assert.equal(stage.report(server).standing, 'Passed');
    assert.equal(stage.pod('weather-0').most, 1, 'never two at once');
  });

  it('waits for the session of the probe that was given up', async () => {
    const stage = await settledStage();
    stage.pod('weather-0').conduct = 'hang-in-session';
    await stage.clock.advance(30_000);
    const { length } = stage.pod('weather-0').probes;
    trackWith(stage, { path: '/other' });
    trackWith(stage, { path: '/another' });
    await stage.clock.advance(999);
    assert.equal(stage.pod('weather-0').probes.length, length, 'the DELETE is under way');
    await stage.clock.advance(1);
    assert.equal(stage.pod('weather-0').probes.length, length + 1);
    assert.equal(stage.pod('weather-0').most, 1);
  });

  it('while a probe waits for its turn does not make it two', async () => {
    const stage = verifyingStage({ concurrency: 1 });
    await stage.verifier.start(new AbortController().signal);
    for (const name of ['a', 'b']) stage.pod(name, 'hang');
    stage.track('default/hanging', ['a', 'b']);
    trackWith(stage, {});
    await stage.clock.advance(0);
    assert.deepEqual(stage.pod('weather-0').probes, []);
    trackWith(stage, { path: '/other' });
    await stage.clock.advance(2_000);
    const { probes } = stage.pod('weather-0');
    assert.equal(probes.filter((at) => at < 2_000).length, 1, `${probes}`);
  });

  it('forgets how long the pod had failed: the first probe gets all of the time', async () => {
    const stage = await settledStage();
    stage.pod('weather-0').conduct = 'hang';
    await stage.clock.advance(60_000);
    trackWith(stage, { timeoutMs: 20_000 });
    await stage.clock.advance(19_000);
    assert.equal(stage.pod('weather-0').open, 1);
    await stage.clock.advance(2_000);
    assert.match(String(stage.results.at(-1)?.[1].message), /within 20 s/);
  });
});

describe('what was learnt of an image', () => {
  const asked = (stage: VerifyingStage, pod: string) => stage.pod(pod).requests[0];

  it('saves the other pods of the image the question', async () => {
    const stage = await settledStage();
    assert.equal(asked(stage, 'weather-0'), 'POST server/discover');
    stage.verifier.track('default/twin', usualSettings, [targetOf('twin-0')]);
    await stage.clock.advance(0);
    assert.equal(asked(stage, 'twin-0'), 'POST initialize');
  });

  it('is not believed of another image', async () => {
    const stage = await settledStage();
    stage.verifier.track('default/other', usualSettings, [targetOf('other-0', { image: 'weather:2' })]);
    await stage.clock.advance(0);
    assert.equal(asked(stage, 'other-0'), 'POST server/discover');
  });

  it('is forgotten with its last pod', async () => {
    const stage = await settledStage();
    stage.verifier.forget(server);
    stage.verifier.track('default/twin', usualSettings, [targetOf('twin-0')]);
    await stage.clock.advance(0);
    assert.equal(asked(stage, 'twin-0'), 'POST server/discover');
  });

  it('is forgotten when the pod is given another image in place', async () => {
    const stage = await settledStage();
    trackWith(stage, {}, { image: 'weather:2' });
    await stage.clock.advance(0);
    stage.verifier.track('default/twin', usualSettings, [targetOf('twin-0')]);
    await stage.clock.advance(0);
    assert.equal(asked(stage, 'twin-0'), 'POST server/discover');
    stage.verifier.track('default/second', usualSettings, [targetOf('second-0', { image: 'weather:2' })]);
    await stage.clock.advance(0);
    assert.equal(asked(stage, 'second-0'), 'POST initialize', 'and known of the new one');
  });
});

describe('a probe that does not come about', () => {
  it('leaves the last verdict, and is logged once', async () => {
    const stage = await settledStage();
    const { length } = stage.changes;
    stage.pod('weather-0').conduct = 'fault';
    await stage.clock.advance(300_000);
    assert.equal(stage.report(server).standing, 'Passed');
    assert.equal(stage.changes.length, length);
    assert.deepEqual(stage.log.at('warn'), ['could not probe']);
    const { fields } = stage.log.line('could not probe');
    assert.equal(fields.server, server);
    assert.equal(fields.pod, 'weather-0');
    assert.match(String(fields.error), /out of sockets/);
  });

  it('is tried again less and less, up to the interval: the fault is ours', async () => {
    const stage = await settledStage();
    stage.pod('weather-0').conduct = 'fault';
    const before = stage.pod('weather-0').probes.length;
    await stage.clock.advance(29_500);
    assert.equal(stage.pod('weather-0').probes.length, before + 1);
    await stage.clock.advance(31_000);
    assert.equal(stage.pod('weather-0').probes.length, before + 6, 'after 1, 2, 4, 8 and 16 s');
    await stage.clock.advance(300_000);
    assert.ok(stage.pod('weather-0').probes.length <= before + 16);
  });

  it('is told again when it comes back after a good one', async () => {
    const stage = await settledStage();
    for (const conduct of ['fault', 'good', 'fault'] as const) {
      stage.pod('weather-0').conduct = conduct;
      await stage.clock.advance(40_000);
    }
    assert.equal(stage.log.at('warn').length, 2);
  });

  it('does not move a pod that answered among the doubtful', async () => {
    const stage = await settledStage({ concurrency: 1 });
    for (const name of ['a', 'b']) stage.pod(name, 'hang');
    stage.pod('weather-0').conduct = 'fault';
    await stage.clock.advance(29_500);
    const { length } = stage.pod('weather-0').probes;
    // The doubtful lane is full for a second.
    stage.track('default/hanging', ['a', 'b']);
    await stage.clock.advance(500);
    assert.equal(stage.pod('weather-0').probes.length, length + 1);
  });

  it('says of a pod that could never be asked why not, once, and not at the first try', async () => {
    const stage = verifyingStage();
    stage.pod('weather-0', 'fault');
    await stage.verifier.start(new AbortController().signal);
    stage.track(server, ['weather-0']);
    await stage.clock.advance(500);
    assert.deepEqual(stage.changes, []);
    await stage.clock.advance(60_000);
    const { standing, verdict, message } = stage.report(server);
    assert.deepEqual([standing, verdict], ['None', 'ProbeError']);
    assert.match(message, /^pod weather-0: .*out of sockets/);
    assert.deepEqual(stage.changes, [server]);
    stage.pod('weather-0').conduct = 'good';
    await stage.clock.advance(60_000);
    assert.equal(stage.report(server).standing, 'Passed');
    assert.equal(stage.changes.length, 2);
  });

  it('says so too when it is the token that cannot be read', async () => {
    const token = () => Promise.reject(new Error('secrets "login" is forbidden'));
    const stage = await settledStage({ token }, { credentials: 'token@1' });
    const { standing, message } = stage.report(server);
    assert.equal(standing, 'None');
    assert.match(
      message,
      /^pod weather-0: the token of spec\.verify\.auth cannot be read: secrets "login" is forbidden; /,
    );
    assert.deepEqual(stage.pod('weather-0').probes, []);
  });
});

describe('the token', () => {
  it('is sent with every probe, and read once', async () => {
    let reads = 0;
    const stage = await settledStage(
      {
        token: async (key) => {
          reads += 1;
          return `token-of-${key}`;
        },
      },
      { credentials: 'token@1' },
    );
    await stage.clock.advance(100_000);
    assert.ok(stage.pod('weather-0').tokens.length > 3);
    assert.deepEqual(new Set(stage.pod('weather-0').tokens), new Set(['Bearer token-of-default/weather']));
    assert.equal(reads, 1);
  });

  it('is not asked for where none is to be sent', async () => {
    const stage = await settledStage({ token: () => assert.fail('nobody needs it') });
    assert.deepEqual(new Set(stage.pod('weather-0').tokens), new Set([undefined]));
    assert.equal(stage.report(server).standing, 'Passed');
  });

  it('is read again when the credentials change, and tried at once', async () => {
    const tokens = ['old', 'new'];
    const stage = await settledStage({ token: async () => tokens.shift() }, { credentials: 'token@1' });
    trackWith(stage, { credentials: 'token@2' });
    await stage.clock.advance(0);
    assert.equal(stage.pod('weather-0').tokens.at(-1), 'Bearer new');
  });

  it('that the server does not take is read again: it may have been renewed', async () => {
    const tokens = ['old', 'renewed', 'more'];
    const stage = await settledStage({ token: async () => tokens.shift() }, { credentials: 'token@1' });
    stage.pod('weather-0').conduct = 'auth';
    await stage.clock.advance(30_000);
    assert.equal(stage.report(server).verdict, 'AuthRejected');
    stage.pod('weather-0').conduct = 'good';
    await stage.clock.advance(30_000);
    assert.equal(stage.pod('weather-0').tokens.at(-1), 'Bearer renewed');
  });

  it('is kept no longer than it is needed', async () => {
    let reads = 0;
    const credentials = 'token@1';
    const stage = await settledStage({ token: async () => `token-${++reads}` }, { credentials });
    stage.verifier.forget(server);
    trackWith(stage, { credentials });
    await stage.clock.advance(0);
    assert.equal(stage.pod('weather-0').tokens.at(-1), 'Bearer token-2', 'not after the server');
    trackWith(stage, {});
    trackWith(stage, { credentials });
    await stage.clock.advance(0);
    assert.equal(stage.pod('weather-0').tokens.at(-1), 'Bearer token-3', 'nor when none is to be sent');
  });

  it('that cannot be had leaves the last verdict', async () => {
    let fails = false;
    const stage = await settledStage(
      {
        token: async () => {
          if (fails) throw new Error('the API server is away');
          return 'good';
        },
      },
      { credentials: 'token@1' },
    );
    fails = true;
    trackWith(stage, { credentials: 'token@2' });
    const { length } = stage.pod('weather-0').probes;
    await stage.clock.advance(60_000);
    assert.equal(stage.pod('weather-0').probes.length, length, 'the pod hears nothing without it');
    assert.equal(stage.report(server).standing, 'Passed');
    assert.deepEqual(stage.log.at('warn'), ['could not probe']);
    fails = false;
    await stage.clock.advance(30_000);
    assert.equal(stage.pod('weather-0').tokens.at(-1), 'Bearer good');
  });

  it('that never comes holds up neither a change nor the end', async () => {
    const stage = await settledStage({ token: () => new Promise(() => undefined) }, { credentials: 'token@1' });
    assert.deepEqual(stage.pod('weather-0').probes, []);
    trackWith(stage, {});
    await stage.clock.advance(0);
    assert.equal(stage.report(server).standing, 'Passed');
    trackWith(stage, { credentials: 'token@2' });
    await stage.clock.advance(0);
    await stage.verifier.stop?.({ clean: true });
    assert.deepEqual(stage.clock.pending(), []);
  });
});

describe('the health path', () => {
  const healthPath = '/health';
  const asks = (stage: VerifyingStage) =>
    stage.pod('weather-0').requests.filter((request) => request === 'GET /health');

  it('is asked for once, along with the first handshake that passes', async () => {
    const stage = await settledStage({}, { healthPath });
    await stage.clock.advance(120_000);
    assert.equal(asks(stage).length, 1);
    assert.equal(stage.report(server).servesHealth, false);
    assert.equal(stage.changes.length, 1, 'and told together with it: one change, one write');
  });

  for (const [address, host] of [
    ['10.0.0.7', '10.0.0.7:8080'],
    ['fd00::7', '[fd00::7]:8080'],
  ] as const) {
    it(`is asked for under the address, as by the kubelet: ${host}. A guard may let in the Service's name alone`, async () => {
      const hosts: string[] = [];
      const stage: VerifyingStage = verifyingStage({
        dial(target, settings) {
          hosts.push(settings.host);
          return stage.pod(target.pod).dial;
        },
      });
      await stage.verifier.start(new AbortController().signal);
      trackWith(stage, { healthPath }, { address });
      await stage.clock.advance(0);
      assert.deepEqual(hosts, [usualSettings.host, host]);
    });
  }

  it('is not asked for when nobody needs it', async () => {
    const stage = await settledStage();
    assert.deepEqual(asks(stage), []);
    assert.equal(stage.report(server).servesHealth, undefined);
  });

  it('is asked for until it says something', async () => {
    const stage = verifyingStage();
    stage.pod('weather-0').health = 503;
    await stage.verifier.start(new AbortController().signal);
    stage.track(server, ['weather-0'], { healthPath });
    await stage.clock.advance(40_000);
    assert.ok(asks(stage).length > 1);
    assert.equal(stage.report(server).servesHealth, undefined);
    stage.pod('weather-0').health = 200;
    await stage.clock.advance(30_000);
    assert.equal(stage.report(server).servesHealth, true);
    const { length } = asks(stage);
    await stage.clock.advance(90_000);
    assert.equal(asks(stage).length, length);
  });

  it('that hangs delays the verdict by a second at most', async () => {
    const stage = verifyingStage();
    stage.pod('weather-0').health = 'hang';
    await stage.verifier.start(new AbortController().signal);
    stage.track(server, ['weather-0'], { healthPath, timeoutMs: 60_000 });
    await stage.clock.advance(999);
    assert.deepEqual(stage.changes, []);
    await stage.clock.advance(1);
    assert.equal(stage.report(server).standing, 'Passed');
    assert.equal(stage.report(server).servesHealth, undefined);
  });

  it('is not asked of a pod that does not answer MCP', async () => {
    const stage = verifyingStage();
    stage.pod('weather-0', { status: 500 });
    await stage.verifier.start(new AbortController().signal);
    stage.track(server, ['weather-0'], { healthPath });
    await stage.clock.advance(60_000);
    assert.deepEqual(asks(stage), []);
  });

  it('is asked of one that wants credentials: somebody is there', async () => {
    const stage = verifyingStage();
    stage.pod('weather-0', 'auth');
    await stage.verifier.start(new AbortController().signal);
    stage.track(server, ['weather-0'], { healthPath });
    await stage.clock.advance(0);
    assert.equal(stage.report(server).standing, 'Unknown');
    assert.equal(stage.report(server).servesHealth, false);
  });

  it('stays known while the pod fails', async () => {
    const stage = await settledStage({}, { healthPath });
    stage.pod('weather-0').conduct = 'refuse';
    await stage.clock.advance(30_000);
    assert.equal(stage.report(server).standing, 'Failed');
    assert.equal(stage.report(server).servesHealth, false);
  });

  it('is asked for anew when it is another, and forgotten when nobody needs it any more', async () => {
    const stage = await settledStage({}, { healthPath });
    trackWith(stage, { healthPath: '/live' });
    await stage.clock.advance(0);
    assert.equal(stage.pod('weather-0').requests.filter((request) => request === 'GET /live').length, 1);
    trackWith(stage, {});
    await stage.clock.advance(0);
    assert.equal(stage.report(server).servesHealth, undefined);
  });
});
