import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aSet, DAY, MADE_AT } from '../../../test/support/certificates.ts';
import { createAuthority, issue } from './certificate.ts';
import { hasNames, isExpired, madeAt, parseBundle, parseCertificate, parsePair, renewAt } from './certificate-look.ts';

const set = aSet();
const leaf = parseCertificate(set.leaf.certificate) ?? assert.fail('unreadable');

describe('what anybody may have edited', () => {
  for (const text of ['', 'hello', '-----BEGIN CERTIFICATE-----', set.leaf.certificate.slice(0, 200), set.leaf.key]) {
    test(`${JSON.stringify(text.slice(0, 40))} is no certificate and no pair`, () => {
      assert.equal(parseCertificate(text), undefined);
      assert.equal(parsePair({ certificate: text, key: set.leaf.key }), undefined);
    });
  }

  test('a key that is none makes no pair', () => {
    for (const key of ['', 'hello', set.leaf.certificate]) {
      assert.equal(parsePair({ certificate: set.leaf.certificate, key }), undefined);
    }
  });

  test('of a bundle the readable certificates count', () => {
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    const bundle = `# mine\n${set.authority.certificate}${broken}text${set.leaf.certificate}`;
    assert.deepEqual(
      parseBundle(bundle).map(({ subject }) => subject),
      ['CN=ca', 'CN=webhook.system.svc'],
    );
  });
});

test('a certificate was made an hour after it begins, and is renewed after two thirds of what follows', () => {
  assert.equal(madeAt(leaf), MADE_AT);
  assert.equal(renewAt(leaf), MADE_AT + 60 * DAY);
  assert.equal(isExpired(leaf, MADE_AT + 90 * DAY - 1), false);
  assert.equal(isExpired(leaf, MADE_AT + 90 * DAY), true);
});

test('a name may be an address', () => {
  const subject = { commonName: 'x', dnsNames: ['a.svc'], addresses: ['127.0.0.1'] };
  const { certificate } = issue(createAuthority('ca', MADE_AT), subject, MADE_AT);
  const parsed = parseCertificate(certificate) ?? assert.fail('unreadable');
  assert.equal(hasNames(parsed, ['a.svc', '127.0.0.1']), true);
  assert.equal(hasNames(parsed, ['a.svc', '127.0.0.2']), false);
  assert.equal(hasNames(parsed, []), true);
});
