import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  aConfiguration,
  aSecret,
  aSet,
  DAY,
  HOUR,
  MADE_AT,
  NAME,
  pointedAt,
  TOKEN,
  terms,
} from '../../../test/support/certificates.ts';
import { newKey } from './certificate.ts';
import { nextRenewal, type RenewalStep, type Sight } from './renewal-plan.ts';
import { ownedBy } from './secret-owner.ts';
import { callPath } from './webhook-configuration.ts';

const set = aSet();
const older = aSet({ madeAt: MADE_AT - 30 * DAY });
const ca = set.authority.certificate;
const later = MADE_AT + 2 * HOUR;

function next(sight: Partial<Sight>): RenewalStep {
  return nextRenewal({ now: later, secret: aSecret(set), configuration: pointedAt(set), ...sight }, terms);
}

describe('a sound set that the configuration trusts', () => {
  test('waits until the leaf has two thirds of its life behind it', () => {
    assert.deepEqual(next({}), { kind: 'wait', until: MADE_AT + 60 * DAY });
  });

  test('waits as well where no configuration is looked after, or there is none yet', () => {
    assert.equal(next({ configuration: undefined }).kind, 'wait');
  });

  test('is the same for a configuration without webhooks', () => {
    assert.equal(next({ configuration: aConfiguration(ca, undefined, []) }).kind, 'wait');
  });
});

describe('no Secret', () => {
  test('makes everything anew', () => {
    const step = next({ secret: undefined, configuration: undefined });
    assert.deepEqual(step, { kind: 'found', previous: '', callerToken: undefined, why: 'there is no Secret' });
  });

  test('goes on trusting what the configuration trusts: some replica may serve by it still', () => {
    const step = next({ secret: undefined });
    assert.ok(step.kind === 'found');
    assert.equal(step.previous, ca);
  });

  test('but nothing in it that is no authority, expired, or no certificate', () => {
    const expired = aSet({ madeAt: MADE_AT - 100 * DAY, authorityMs: DAY, leafMs: DAY }).authority.certificate;
    const bundle = `${set.leaf.certificate}${expired}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`;
    const step = next({ secret: undefined, configuration: aConfiguration(bundle) });
    assert.ok(step.kind === 'found');
    assert.equal(step.previous, '');
  });

  test('and no more than three of them, the newest', () => {
    const many = [1, 2, 3, 4, 5].map((days) => aSet({ madeAt: MADE_AT - days * DAY }).authority.certificate);
    const step = next({ secret: undefined, configuration: aConfiguration(many.join('')) });
    assert.ok(step.kind === 'found');
    assert.equal(step.previous, many.slice(0, 3).join(''));
  });
});

describe('an authority that is', () => {
  const rows: Readonly<Record<string, readonly [secret: Parameters<typeof aSecret>, why: RegExp]>> = {
    missing: [[set, { 'ca.crt': '' }], /missing/],
    'cut off': [[set, { 'ca.crt': ca.slice(0, 100) }], /unreadable/],
    'without its key': [[set, { 'ca.key': '' }], /key is another/],
    'with a key of somebody else': [[set, { 'ca.key': newKey() }], /key is another/],
    'a leaf': [[set, { 'ca.crt': set.leaf.certificate, 'ca.key': set.leaf.key }], /no authority/],
    expired: [[aSet({ madeAt: MADE_AT - DAY, authorityMs: HOUR, leafMs: HOUR })], /expired/],
    old: [[aSet({ madeAt: MADE_AT - 3 * DAY, authorityMs: 4 * DAY, leafMs: DAY })], /two thirds/],
    'from the future': [[aSet({ madeAt: MADE_AT + DAY })], /not valid yet/],
  };
  for (const [what, [secret, why]] of Object.entries(rows)) {
    test(`${what} is replaced, and the caller token stays`, () => {
      const step = next({ secret: aSecret(...secret), configuration: undefined });
      assert.ok(step.kind === 'found', step.kind);
      assert.match(step.why, why);
      assert.equal(step.callerToken, TOKEN);
    });
  }

  test('old stays trusted for a while, and with it what was trusted before', () => {
    const worn = aSet({ madeAt: MADE_AT - 3 * DAY, authorityMs: 4 * DAY, previous: older.authority.certificate });
    const step = next({ secret: aSecret(worn), configuration: pointedAt(worn) });
    assert.ok(step.kind === 'found');
    assert.equal(step.previous, worn.authority.certificate + older.authority.certificate);
  });
});

describe('a leaf that is', () => {
  const rows: Readonly<Record<string, readonly [secret: Parameters<typeof aSecret>, why: RegExp]>> = {
    missing: [[set, { 'tls.crt': '' }], /missing/],
    'not a certificate': [[set, { 'tls.crt': 'hello' }], /unreadable/],
    'without its key': [[set, { 'tls.key': 'hello' }], /key is another/],
    'of another authority': [
      [set, { 'tls.crt': older.leaf.certificate, 'tls.key': older.leaf.key }],
      /of another authority/,
    ],
    'for another name': [[aSet({ names: ['other.svc'] })], new RegExp(`not for ${NAME}`)],
    expired: [[aSet({ madeAt: MADE_AT - DAY, leafMs: HOUR })], /expired/],
    old: [[aSet({ leafMs: 2.5 * HOUR })], /two thirds/],
    'from the future': [[aSet({ leafMadeAt: MADE_AT + DAY })], /not valid yet/],
  };
  for (const [what, [secret, why]] of Object.entries(rows)) {
    test(`${what} is issued again by the same authority`, () => {
      const step = next({ secret: aSecret(...secret) });
      assert.ok(step.kind === 'issue', step.kind);
      assert.match(step.why, why);
    });
  }
});

describe('the caller token', () => {
  for (const bad of ['', 'short', 'with/slash/abcdefghijklmnopqrstuvw', `${TOKEN}?`]) {
    test(`${JSON.stringify(bad)} is replaced`, () => {
      const step = next({ secret: aSecret(set, { 'caller-token': bad }) });
      assert.ok(step.kind === 'correct');
      assert.equal(step.set.callerToken, '');
    });
  }
});

describe('the configuration', () => {
  const wanted = { bundle: ca, path: callPath(TOKEN) };
  const rows: Readonly<Record<string, ReturnType<typeof aConfiguration>>> = {
    'without a bundle, as it is installed': aConfiguration(),
    'with an edited bundle': aConfiguration('nonsense', wanted.path),
    'with one more authority': aConfiguration(ca + older.authority.certificate, wanted.path),
    'with another path': aConfiguration(ca, '/'),
    'with one webhook of two that is wrong': {
      ...aConfiguration(),
      webhooks: [...(pointedAt(set).webhooks ?? []), ...(aConfiguration(ca, '/', ['two']).webhooks ?? [])],
    },
  };
  for (const [what, configuration] of Object.entries(rows)) {
    test(`${what} is put right`, () => {
      assert.deepEqual(next({ configuration }), { kind: 'point', configuration, ...wanted });
    });
  }
});

describe('the authority before', () => {
  const overlapping = aSet({ previous: older.authority.certificate });
  const sight = { secret: aSecret(overlapping), configuration: pointedAt(overlapping) };

  test('is trusted beside the new one', () => {
    const step = next({ ...sight, now: MADE_AT + 1, configuration: aConfiguration(overlapping.authority.certificate) });
    assert.ok(step.kind === 'point');
    assert.equal(step.bundle, overlapping.authority.certificate + older.authority.certificate);
  });

  test('for an hour, which is when to look again', () => {
    assert.deepEqual(next({ ...sight, now: MADE_AT + 1 }), { kind: 'wait', until: MADE_AT + HOUR });
  });

  test('and not longer: it leaves the Secret, then the configuration', () => {
    const forget = next({ ...sight, now: MADE_AT + HOUR });
    assert.ok(forget.kind === 'correct');
    assert.equal(forget.set.previous, '');
    const point = next({ ...sight, now: MADE_AT + HOUR, secret: aSecret(forget.set) });
    assert.ok(point.kind === 'point');
    assert.equal(point.bundle, overlapping.authority.certificate);
  });

  test('nor when somebody wrote nonsense there', () => {
    const step = next({ now: MADE_AT + 1, secret: aSecret(overlapping, { 'previous-ca.crt': 'nonsense' }) });
    assert.ok(step.kind === 'correct');
    assert.equal(step.set.previous, '');
  });
});

describe('a Secret that would not go with the configuration', () => {
  const sound = aSecret(set);
  const withOwner = (uid?: string) => ({
    ...sound,
    metadata: {
      ...sound.metadata,
      ownerReferences: uid === undefined ? [] : [{ ...ownedBy(aConfiguration()), uid }],
    },
  });
  const rows = { 'nobody owns it': withOwner(), 'it belongs to a namesake of before': withOwner('another') };
  for (const [what, secret] of Object.entries(rows)) {
    test(`because ${what}, is given to it as it is`, () => {
      const configuration = pointedAt(set);
      const why = 'it is to go with the webhook configuration';
      assert.deepEqual(next({ secret, configuration }), { kind: 'adopt', set, configuration, why });
    });
  }

  test('is so after everything that calls depend on: an admission plugin may refuse it', () => {
    assert.equal(next({ secret: withOwner(), configuration: aConfiguration() }).kind, 'point');
    assert.equal(next({ secret: { ...withOwner(), data: {} } }).kind, 'found');
  });

  test('stays as it is while there is no configuration', () => {
    assert.equal(next({ secret: withOwner(), configuration: undefined }).kind, 'wait');
  });
});

describe('a configuration that is gone', () => {
  const gone = { configuration: undefined, goneSince: later - 1_000 };

  test('took the Secret with it, which is not made again: the operator is being uninstalled', () => {
    assert.deepEqual(next({ ...gone, secret: undefined }), { kind: 'wait', until: later + 119_000 });
  });

  test('and the operator is still there two minutes later: metrics may need one', () => {
    assert.equal(next({ ...gone, secret: undefined, now: later + 119_000 }).kind, 'found');
  });

  test('holds up no renewal of a Secret that is there', () => {
    assert.equal(next({ ...gone, secret: aSecret(set, { 'tls.crt': '' }) }).kind, 'issue');
  });
});

test('what a step writes is not corrected again', () => {
  const worn = aSet({ madeAt: MADE_AT - 3 * DAY, authorityMs: 4 * DAY });
  const step = next({ secret: aSecret(worn), configuration: undefined });
  assert.ok(step.kind === 'found');
  const made = aSet({ madeAt: later, previous: step.previous, callerToken: step.callerToken ?? '' });
  assert.equal(next({ secret: aSecret(made), configuration: undefined }).kind, 'wait');
});
