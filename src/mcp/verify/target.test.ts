import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type PodTarget, sameHealthQuestion, sameQuestion, type VerifySettings } from './target.ts';

const target: PodTarget = {
  uid: 'uid-0',
  namespace: 'default',
  pod: 'weather-0',
  address: '10.0.0.7',
  port: 8080,
  template: 'abc',
  image: 'weather:1',
};
const settings: VerifySettings = {
  path: '/mcp',
  transport: 'StreamableHTTP',
  host: 'weather.default.svc:8080',
  intervalMs: 30_000,
  timeoutMs: 5_000,
  healthPath: '/health',
  credentials: 'token/key@1',
};

/** Each field that matters, with another value. `false`: what is known of the health path stays. */
const changes: readonly (readonly [Partial<PodTarget>, Partial<VerifySettings>, boolean])[] = [
  [{ address: '10.0.0.8' }, {}, true],
  [{ port: 9090 }, {}, true],
  [{ template: 'def' }, {}, true],
  [{ image: 'weather:2' }, {}, true],
  [{}, { path: '/' }, false],
  [{}, { transport: 'SSE' }, false],
  [{}, { host: 'weather.default.svc:9090' }, false],
  [{}, { intervalMs: 5_000 }, false],
  [{}, { timeoutMs: 500 }, false],
  [{}, { healthPath: '/ready' }, true],
  [{}, { healthPath: undefined }, true],
  [{}, { credentials: 'token/key@2' }, false],
  [{}, { credentials: undefined }, false],
];

describe('the question', () => {
  it('is the same for equal values', () => {
    assert.equal(sameQuestion({ target, settings }, { target: { ...target }, settings: { ...settings } }), true);
    assert.equal(sameHealthQuestion({ target, settings }, { target: { ...target }, settings: { ...settings } }), true);
  });

  for (const [pod, how, isHealth] of changes) {
    it(`is another with ${JSON.stringify({ ...pod, ...how }, (_key, value) => value ?? 'none')}`, () => {
      const other = { target: { ...target, ...pod }, settings: { ...settings, ...how } };
      assert.equal(sameQuestion({ target, settings }, other), false);
      assert.equal(sameHealthQuestion({ target, settings }, other), !isHealth);
    });
  }
});
