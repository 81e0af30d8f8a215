import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { adviceFor } from './advice.ts';
import type { Standing, Verdict } from './verdict.ts';
import { standingOf } from './verdict.ts';
import { legacyVersions, modernVersions, mutualLegacy, mutualModern } from './versions.ts';

/** Every verdict there is: the compiler asks for all of them. */
const standings: Readonly<Record<Verdict, Standing>> = {
  HandshakePassed: 'Passed',
  AuthRequired: 'Unknown',
  AuthRejected: 'Unknown',
  Refused: 'Failed',
  RateLimited: 'Failed',
  ServerError: 'Failed',
  Redirected: 'Failed',
  NotMCP: 'Failed',
  WrongTransport: 'Failed',
  UnsupportedVersion: 'Failed',
  ProtocolError: 'Failed',
  TooLarge: 'Failed',
  HandshakeTimeout: 'Failed',
  ConnectionLost: 'Failed',
  Unreachable: 'Failed',
  ProbeError: 'None',
  Aborted: 'None',
};

describe('a verdict', () => {
  for (const [verdict, standing] of Object.entries(standings) as [Verdict, Standing][]) {
    it(`${verdict} is ${standing}, can be a condition’s reason, and says what to do`, () => {
      assert.equal(standingOf(verdict), standing);
      assert.match(verdict, /^[A-Z][A-Za-z]*$/);
      if (verdict === 'HandshakePassed') return;
      const advice = adviceFor(verdict);
      assert.match(advice, /^[a-z].{10,}[^.]$/, 'it continues a sentence');
    });
  }
});

describe('versions', () => {
  it('are newest first, and none is in both eras', () => {
    for (const list of [modernVersions, legacyVersions]) assert.deepEqual(list, [...list].sort().reverse());
    assert.ok((modernVersions.at(-1) ?? '') > (legacyVersions[0] ?? ''));
  });

  it('are agreed on: the newest that both know', () => {
    assert.equal(mutualLegacy(['2024-11-05', '2025-06-18', '1999-01-01']), '2025-06-18');
    assert.equal(mutualLegacy(['2026-07-28']), undefined);
    assert.equal(mutualModern(['2025-11-25', '2026-07-28', '2030-01-01']), '2026-07-28');
    assert.equal(mutualModern(['2030-01-01']), undefined);
    assert.equal(mutualModern([]), undefined);
  });
});
