import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aLiveDeployment, aLiveService, aRunningSnapshot, aSnapshot } from '../../test/support/snapshots.ts';
import type { Condition, MCPServerStatus } from '../api/v1alpha1/mcp-server.ts';
import type { Step } from './plan.ts';
import { statusOf } from './status.ts';
import { type Announcement, announcementOf, announcementsFor, staysTroubled } from './transitions.ts';

type Verdicts = Readonly<Partial<Record<'Accepted' | 'Available' | 'Progressing' | 'Ready', string>>>;

/** A sound status, but for these conditions: `F Reason` or `F Reason: message`. */
function status(verdicts: Verdicts = {}): MCPServerStatus {
  const sound: Verdicts = {
    Accepted: 'T Accepted',
    Available: 'T AllReplicasAvailable',
    Progressing: 'T Complete',
    Ready: 'T Ready: All are up.',
  };
  return { conditions: Object.entries({ ...sound, ...verdicts }).map(([type, words]) => condition(type, words)) };
}

function condition(type: string, words: string): Condition {
  const [, letter = '', reason = '', message = `${reason} it is.`] = /^(.) (\w+)(?:: (.*))?$/.exec(words) ?? [];
  const value = ({ T: 'True', F: 'False', U: 'Unknown' } as const)[letter] ?? 'Unknown';
  return { type, status: value, reason, message, lastTransitionTime: '2026-01-01T00:00:00Z' };
}

const starting: Verdicts = { Available: 'F Starting', Progressing: 'T RollingOut', Ready: 'F Starting' };
const unmade: Verdicts = { Available: 'F Starting', Progressing: 'F NotStarted', Ready: 'F Starting' };
const noSecret: Verdicts = { ...unmade, Accepted: 'F SecretNotFound', Ready: 'F SecretNotFound' };
const crashing: Verdicts = { ...starting, Available: 'F CrashLoopBackOff', Ready: 'F CrashLoopBackOff' };
const quota: Verdicts = { Available: 'F QuotaExceeded', Progressing: 'F QuotaExceeded', Ready: 'F QuotaExceeded' };

interface Row {
  readonly name: string;
  readonly before: MCPServerStatus | undefined;
  readonly after: MCPServerStatus;
  readonly events: readonly Announcement[];
}

const warning = (reason: string, message = `${reason} it is.`): Announcement => ({ type: 'Warning', reason, message });
const recovered: Announcement = { type: 'Normal', reason: 'Recovered', message: 'All are up.' };

const rows: readonly Row[] = [
  { name: 'a new server', before: undefined, after: status(unmade), events: [] },
  { name: 'a new server whose pods start', before: undefined, after: status(starting), events: [] },
  { name: 'it comes up', before: status(starting), after: status(), events: [] },
  { name: 'it is up at first sight', before: undefined, after: status(), events: [] },
  {
    name: 'a rollout begins and ends',
    before: status({ Progressing: 'T RollingOut' }),
    after: status(),
    events: [],
  },
  {
    name: 'it is stopped',
    before: status(),
    after: status({ Available: 'F Stopped', Ready: 'F Stopped' }),
    events: [],
  },
  {
    name: 'it is started again',
    before: status({ Available: 'F Stopped', Ready: 'F Stopped' }),
    after: status(),
    events: [],
  },
  { name: 'it is paused', before: status(), after: status({ Progressing: 'U Paused' }), events: [] },
  {
    name: 'it waits for its predecessor to go',
    before: undefined,
    after: status({ ...unmade, Accepted: 'U WaitingForDeletion', Ready: 'F WaitingForDeletion' }),
    events: [],
  },
  { name: 'a Secret is missing', before: undefined, after: status(noSecret), events: [warning('SecretNotFound')] },
  { name: 'a Secret is still missing', before: status(noSecret), after: status(noSecret), events: [] },
  {
    name: 'another Secret is missing: the same kind of news is no news',
    before: status(noSecret),
    after: status({ ...noSecret, Accepted: 'F SecretNotFound: another' }),
    events: [],
  },
  {
    name: 'the Secret appears, and the server is on its way',
    before: status(noSecret),
    after: status(starting),
    events: [],
  },
  {
    name: 'a new spec cannot be applied: what is in its way is the news',
    before: status(),
    after: status({ Accepted: 'F SecretNotFound', Progressing: 'F NotApplied', Ready: 'F SecretNotFound' }),
    events: [warning('SecretNotFound')],
  },
  {
    name: 'a crash loop',
    before: status(starting),
    after: status(crashing),
    events: [warning('CrashLoopBackOff')],
  },
  {
    name: 'one problem becomes another',
    before: status(crashing),
    after: status({ ...crashing, Available: 'F OOMKilled', Ready: 'F OOMKilled' }),
    events: [warning('OOMKilled')],
  },
  { name: 'a crash loop ends', before: status(crashing), after: status(), events: [recovered] },
  {
    name: 'a rollout that is stuck while old pods serve',
    before: status({ Progressing: 'T RollingOut' }),
    after: status({ Progressing: 'F ProgressDeadlineExceeded', Ready: 'F ProgressDeadlineExceeded' }),
    events: [warning('ProgressDeadlineExceeded')],
  },
  {
    name: 'that gets unstuck',
    before: status({ Progressing: 'F ProgressDeadlineExceeded', Ready: 'F ProgressDeadlineExceeded' }),
    after: status(),
    events: [recovered],
  },
  {
    name: 'the same in two conditions is told once',
    before: status(starting),
    after: status(quota),
    events: [warning('QuotaExceeded')],
  },
  {
    name: 'two kinds at once are told both, the cause first',
    before: undefined,
    after: status({ Accepted: 'F SecretNotFound', Available: 'F CrashLoopBackOff', Ready: 'F SecretNotFound' }),
    events: [warning('SecretNotFound'), warning('CrashLoopBackOff')],
  },
  {
    name: 'one of two kinds is mended',
    before: status({ Accepted: 'F SecretNotFound', Available: 'F CrashLoopBackOff', Ready: 'F SecretNotFound' }),
    after: status({ Available: 'F CrashLoopBackOff', Ready: 'F CrashLoopBackOff' }),
    events: [],
  },
  {
    name: 'a problem that is told where a quiet reason stood before',
    before: status({ Available: 'F Stopped', Ready: 'F Stopped' }),
    after: status(crashing),
    events: [warning('CrashLoopBackOff')],
  },
  { name: 'a status without conditions', before: {}, after: {}, events: [] },
];

describe('health that Auto has switched', () => {
  const image = 'example.com/weather:1.0';
  const withHealth = (health: MCPServerStatus['health']): MCPServerStatus => ({ ...status(), health });
  const [http, mcp] = [withHealth({ type: 'HTTP' }), withHealth({ type: 'MCP', image })];
  const reasons = (before: MCPServerStatus | undefined, after: MCPServerStatus) =>
    announcementsFor(before, after).map(({ type, reason }) => `${type} ${reason}`);

  test('is told, with the image and the way back', () => {
    const [told, ...more] = announcementsFor(http, mcp);
    assert.deepEqual([told?.type, told?.reason, more.length], ['Normal', 'HealthSwitched', 0]);
    assert.match(
      told?.message ?? '',
      /^example\.com\/weather:1\.0 answers MCP .* Set spec\.health\.type to say otherwise\.$/,
    );
  });

  test('is told once', () => assert.deepEqual(reasons(mcp, mcp), []));
  test('is no news of a server that is new', () => assert.deepEqual(reasons(undefined, mcp), []));
  test('is no news when the user asked for it', () => assert.deepEqual(reasons(http, withHealth({ type: 'MCP' })), []));
  test('is no news when the user undoes it', () => assert.deepEqual(reasons(mcp, http), []));
});

describe('verification', () => {
  const rows: Readonly<Record<string, readonly [before: Verified, after: Verified, events: readonly string[]]>> = {
    'a new server that is being asked': [undefined, 'U Verifying', []],
    'it answers': ['U Verifying', 'T HandshakePassed', []],
    'it is not to be asked': ['U Verifying', 'U Disabled', []],
    'it fails': ['T HandshakePassed', 'F HandshakeTimeout', ['Warning HandshakeTimeout']],
    'it still fails': ['F HandshakeTimeout', 'F HandshakeTimeout', []],
    'it fails in another way': ['F HandshakeTimeout', 'F ServerError', ['Warning ServerError']],
    'it wants credentials': ['U Verifying', 'U AuthRequired', ['Warning AuthRequired']],
    'its token is missing': ['U AuthRequired', 'U TokenNotFound', ['Warning TokenNotFound']],
  };
  type Verified = string | undefined;
  const withVerified = (words: Verified): MCPServerStatus | undefined =>
    words === undefined ? undefined : { conditions: [...(status().conditions ?? []), condition('Verified', words)] };
  for (const [what, [before, after, events]] of Object.entries(rows)) {
    test(what, () => {
      const found = announcementsFor(withVerified(before), withVerified(after) ?? {});
      assert.deepEqual(
        found.map(({ type, reason }) => `${type} ${reason}`),
        events,
      );
    });
  }
});

describe('what is announced when', () => {
  for (const { name, before, after, events } of rows) {
    test(name, () => assert.deepEqual(announcementsFor(before, after), events));
  }

  test('nothing is ever announced of a status that did not change', () => {
    for (const { after } of rows) assert.deepEqual(announcementsFor(after, after), []);
  });

  test('a recovery by way of a start is one, as far as the trouble before it is remembered', () => {
    const way = [status(crashing), status(starting), status()];
    let troubled = false;
    const events = way.flatMap((after, index) => {
      const told = announcementsFor(way[index - 1], after, troubled);
      troubled = staysTroubled(after, troubled);
      return told;
    });
    assert.deepEqual(events, [warning('CrashLoopBackOff'), recovered]);
    assert.equal(troubled, false);
  });

  test('a start without trouble before it is no recovery', () => {
    assert.equal(staysTroubled(status(starting), false), false);
    assert.deepEqual(announcementsFor(status(starting), status(), false), []);
  });

  test('the happy path of real statuses is silent', () => {
    const way = [aSnapshot(), aSnapshot({ children: { Deployment: aLiveDeployment(), Service: aLiveService() } })]
      .concat(aRunningSnapshot())
      .map(statusOf);
    const events = way.flatMap((after, index) => announcementsFor(way[index - 1], after));
    assert.deepEqual(events, []);
  });
});

describe('what is announced of a request', () => {
  const live = aLiveService();
  const create: Step = { action: 'create', kind: 'Service', wish: live };
  const restored = (message: string): Announcement => ({ type: 'Normal', reason: 'Restored', message });

  const requests: readonly {
    readonly name: string;
    readonly step: Step;
    readonly before: MCPServerStatus | undefined;
    readonly event: Announcement | undefined;
  }[] = [
    { name: 'a first create', step: create, before: undefined, event: undefined },
    { name: 'a create after one that could not be', step: create, before: status(noSecret), event: undefined },
    { name: 'a create of a server whose status says nothing yet', step: create, before: {}, event: undefined },
    {
      name: 'a create of what was there before',
      step: create,
      before: status(),
      event: restored('Service weather was missing and has been created again.'),
    },
    {
      name: 'a create of what was there before, while an older spec is in place',
      step: create,
      before: status({ Progressing: 'F NotApplied' }),
      event: restored('Service weather was missing and has been created again.'),
    },
    {
      name: "an update that follows the user's change",
      step: { action: 'update', kind: 'Service', wish: live, live },
      before: status(),
      event: undefined,
    },
    {
      name: 'an update that puts something right',
      step: { action: 'update', kind: 'Service', wish: live, live, drift: 'spec.type' },
      before: status(),
      event: restored('Service weather was changed by somebody else: spec.type is put right.'),
    },
    {
      name: 'an adoption',
      step: { action: 'adopt', kind: 'Deployment', wish: live, live },
      before: undefined,
      event: {
        type: 'Normal',
        reason: 'Adopted',
        message: 'Deployment weather was without an owner and is now owned by this MCPServer.',
      },
    },
    {
      name: 'a removal: what made it necessary is announced',
      step: { action: 'remove', kind: 'Service', live },
      before: status(),
      event: undefined,
    },
  ];
  for (const { name, step, before, event } of requests) {
    test(name, () => assert.deepEqual(announcementOf(step, before), event));
  }
});
