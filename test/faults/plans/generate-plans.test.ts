import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createArmory } from '../proxy/armory.ts';
import type { FaultSpec } from '../proxy/fault.ts';
import { generatePlans } from './generate-plans.ts';
import type { FaultKind, FaultPlan } from './plan.ts';
import { faultKinds } from './plan.ts';
import { recordingOf, referenceOf } from './recording-script.ts';
import type { Reference } from './reference.ts';

const started = `
  list servers @1
  get namespaces $namespace
  watch servers
  # creates a
  < ADDED servers a @2 {"spec":{"n":1}}
  apply services a @3 {"port":1}
  apply servers/status a @4 {"phase":"Running"}
  < MODIFIED servers a @4 {"spec":{"n":1}}`;
const changed = `${started}
  # changes a
  < MODIFIED servers a @5 {"spec":{"n":2}}
  apply services a @6 {"port":2}
  apply servers/status a @7 {"phase":"Pending"}
  # deletes a
  < DELETED servers a @8`;

const create = referenceOf('create', started);
const change = referenceOf('change', changed);
const kindsOf = (plans: readonly FaultPlan[], target: string) =>
  plans.filter(({ id }) => id.startsWith(`${target}/`)).map(({ kind }) => kind);
const idsOf = (plans: readonly FaultPlan[]) => plans.map(({ id }) => id);

const answers: readonly FaultKind[] = [
  'conflict',
  'too-many-requests',
  'unauthorized',
  'forbidden',
  'not-found',
  'internal-error',
  'bad-gateway',
  'unavailable',
  'reset-before-commit',
  'held',
  'black-hole',
];

describe('the plans of the first workload', () => {
  const plans = generatePlans([create]);

  it('hit each write in every way', () => {
    const wanted: readonly FaultKind[] = [
      'crash-before',
      'crash-after-commit',
      'crash-after-answer',
      ...answers,
      'truncated',
      'reset-after-commit',
      'timeout-after-commit',
    ];
    for (const target of ['create/apply-services-a-1', 'create/apply-servers-status-a-1']) {
      assert.deepEqual(kindsOf(plans, target), wanted);
    }
  });

  it('hit each read', () => {
    for (const target of ['create/list-servers-1', 'create/get-namespaces-namespace-1']) {
      assert.deepEqual(kindsOf(plans, target), [...answers, 'truncated']);
    }
  });

  it('hit each watch', () => {
    const wanted = [...answers, 'gone-http', 'gone-in-band', 'bookmarks-only', 'one-byte-chunks'];
    assert.deepEqual(kindsOf(plans, 'create/watch-servers-1'), wanted);
  });

  it('hit the first event of each resource', () => {
    assert.deepEqual(kindsOf(plans, 'create/added-servers-a-1'), [
      'held-events',
      'duplicated',
      'gone-in-band',
      'watch-black-hole',
      'watch-reset',
      'truncated-line',
      'split-utf8',
      'one-byte-chunks',
      'dead-watch',
      'gone-http',
      'close-after-event',
      'bookmarks-only',
    ]);
  });

  it('show no past to a next version, which has to write at once', () => {
    const travels = (script: string) =>
      generatePlans([referenceOf('change', script)]).filter(({ kind }) => kind === 'time-travel').length;
    assert.ok(travels(changed) > 0);
    assert.equal(travels(`${changed}\n  = 2\n  list servers @9`), 0);
  });

  it('make the list older that follows on the 410, not the one of a process that is started later', () => {
    const replaced = generatePlans([referenceOf('create', `${started}\n  # starts another\n  list servers @4`)]);
    const older = replaced.find(({ id }) => id === 'create/modified-servers-a-1/older-list');
    assert.deepEqual(older?.faults[1]?.nth, 2);
  });

  it('are nothing else but an older list, where nothing is undone', () => {
    const targets = new Set(plans.map(({ id }) => id.split('/')[1]));
    assert.deepEqual(
      [...targets],
      [
        'list-servers-1',
        'get-namespaces-namespace-1',
        'watch-servers-1',
        'apply-services-a-1',
        'apply-servers-status-a-1',
        'added-servers-a-1',
        'modified-servers-a-1',
      ],
    );
    assert.deepEqual(kindsOf(plans, 'create/modified-servers-a-1'), ['older-list']);
  });
});

describe('the plans of another workload', () => {
  const plans = generatePlans([create, change]).filter(({ workload }) => workload === 'change');

  it('leave out what both have in common', () => {
    assert.deepEqual(kindsOf(plans, 'change/apply-services-a-1'), []);
    assert.deepEqual(kindsOf(plans, 'change/watch-servers-1'), []);
    assert.deepEqual(kindsOf(plans, 'change/added-servers-a-1'), []);
  });

  it('crash at each other write, and take their turns with the answers', () => {
    const kinds = kindsOf(plans, 'change/apply-services-a-2');
    assert.deepEqual(kinds.slice(0, 3), ['crash-before', 'crash-after-commit', 'crash-after-answer']);
    assert.ok(kinds.length >= 6 && kinds.length <= 7, `${kinds}`);
    const others = kindsOf(plans, 'change/apply-servers-status-a-2');
    assert.notDeepEqual(kinds.slice(3), others.slice(3), 'not the same in every place');
  });

  it('hit the first event of their own, and the first deletion', () => {
    assert.ok(kindsOf(plans, 'change/modified-servers-a-2').length >= 5);
    const deletion = kindsOf(plans, 'change/deleted-servers-a-1');
    assert.ok(deletion.includes('duplicated') !== deletion.includes('held-events'), `every second: ${deletion}`);
    assert.ok(
      !deletion.includes('bookmarks-only') && !deletion.includes('close-after-event'),
      'not of the watch again',
    );
  });

  it('hide events, and go back', () => {
    const special = plans.filter(({ kind }) => ['unobserved', 'time-travel', 'older-list'].includes(kind));
    assert.deepEqual(idsOf(special), [
      'change/added-servers-a-1-then-deleted/unobserved',
      'change/modified-servers-a-1-then-modified/unobserved',
      'change/modified-servers-a-1-then-deleted/unobserved',
      'change/modified-servers-a-2-then-deleted/unobserved',
      'change/added-servers-a-1-then-modified-2/time-travel',
      'change/modified-servers-a-2-then-deleted-1/time-travel',
      'change/deleted-servers-a-1/older-list',
    ]);
    const [, , , , travel, , older] = special.map(({ faults }) => faults);
    assert.deepEqual(travel, [
      {
        on: 'event',
        match: { type: 'MODIFIED', resource: 'servers', name: 'a' },
        nth: 2,
        action: {
          do: 'time-travel',
          to: { type: 'ADDED', resource: 'servers', name: 'a' },
          nth: 1,
          resources: [],
          ms: 2_500,
          restart: true,
        },
      },
    ]);
    assert.deepEqual(older?.slice(1), [
      {
        on: 'request',
        match: { verb: 'list', resource: 'servers' },
        nth: 2,
        action: { do: 'list-older', to: { type: 'ADDED', resource: 'servers', name: 'a' }, nth: 1 },
      },
      {
        on: 'watch',
        match: { resource: 'servers' },
        nth: 2,
        action: { do: 'bookmarks-only', ms: 3_000, everyMs: 500 },
      },
    ]);
  });

  it('are among those that it has with everything, alone: so one is found again by its id', () => {
    const all = new Map(generatePlans([change], { every: true }).map((plan) => [plan.id, plan]));
    for (const plan of plans) assert.deepEqual(all.get(plan.id), plan);
    assert.deepEqual(idsOf(generatePlans([change], { startUpOf: 'create' })), [...all.keys()]);
  });
});

describe('every plan', () => {
  const plans = generatePlans([create, change], { every: true });

  it('has an id of its own, and the same when it is made again', () => {
    assert.equal(new Set(idsOf(plans)).size, plans.length);
    assert.deepEqual(generatePlans([create, change], { every: true }), plans);
  });

  it('is JSON', () => assert.deepEqual(JSON.parse(JSON.stringify(plans)), plans));

  it('can be injected', () => {
    for (const { faults } of plans) for (const fault of faults) createArmory({}).inject(fault);
  });

  it('has its number, its words and its crashes', () => {
    const crashing: readonly FaultKind[] = ['crash-before', 'crash-after-commit', 'crash-after-answer', 'time-travel'];
    for (const { id, kind, number, crashes, about, workload } of plans) {
      assert.equal(number, faultKinds[kind]);
      assert.equal(crashes, crashing.includes(kind) ? 1 : 0, id);
      assert.ok(id.startsWith(`${workload}/`) && id.endsWith(`/${kind}`));
      assert.match(about, /^\d+(st|nd|rd|th) /);
    }
  });

  it('is of a kind that is made', () => {
    assert.deepEqual([...new Set(plans.map(({ kind }) => kind))].sort(), Object.keys(faultKinds).sort());
  });

  it('meets in the run that it is made from what it waits for', () => {
    for (const { id, faults, workload } of plans) {
      const { runs } = workload === 'create' ? create : change;
      for (const run of runs) assert.ok(meets(run, faults[0]), id);
    }
  });
});

it('a change is hit by the generation that it makes: how often a status moves is another in each run', () => {
  const generation = (n: number) => `{"metadata":{"generation":${n}},"spec":{"n":${n}}}`;
  const scaled = `${started}
    < MODIFIED servers a @5 ${generation(1)}
    # changes a
    < MODIFIED servers a @6 ${generation(2)}
    apply services a @7`;
  const plans = generatePlans([create, referenceOf('scale', scaled)]);
  const hits = plans.filter(({ workload, id }) => workload === 'scale' && id.includes('modified-'));
  const [first] = hits.flatMap(({ faults }) => faults);
  const diff = { '/metadata/generation': 2 };
  assert.deepEqual(first?.match, { type: 'MODIFIED', resource: 'servers', name: 'a', diff });
  assert.ok(
    hits.some(({ id }) => id === 'scale/added-servers-a-1-then-modified-g2-1/time-travel'),
    `${idsOf(hits)}`,
  );
});

it('what the runs do not agree on is not hit', () => {
  const hasty: Reference = {
    workload: 'hasty',
    runs: [recordingOf(`${started}\napply services a @9`), recordingOf(started)],
  };
  assert.deepEqual(
    idsOf(generatePlans([hasty])).filter((id) => id.includes('apply-services-a-2')),
    [],
  );
});

it('faults of a watch as a whole need runs that watch equally often', () => {
  const odd: Reference = {
    workload: 'odd',
    runs: [recordingOf(started), recordingOf(started.replace('watch servers', 'watch servers\nwatch servers'))],
  };
  const kinds = kindsOf(generatePlans([odd]), 'odd/added-servers-a-1');
  assert.ok(kinds.includes('watch-reset') && !kinds.includes('gone-http'));
});

/** Whether a fault's moment comes when a recording is played to an armory. */
function meets({ entries, placeholders }: Reference['runs'][number], fault: FaultSpec | undefined): boolean {
  if (fault === undefined) return false;
  const armory = createArmory(placeholders);
  armory.inject(fault);
  return entries.some((entry) => {
    if (entry.kind === 'request') return armory.request(entry) !== undefined;
    return entry.kind === 'event' && armory.event(entry) !== undefined;
  });
}
