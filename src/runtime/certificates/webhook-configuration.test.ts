import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aConfiguration } from '../../../test/support/certificates.ts';
import { bundleOf, callPath, pointsTo, pointTo, type WebhookConfiguration } from './webhook-configuration.ts';

const byUrl: WebhookConfiguration = {
  metadata: { name: 'hooks', uid: 'u', resourceVersion: '1' },
  webhooks: [{ name: 'one', clientConfig: { url: 'https://127.0.0.1:9443/old?timeout=1' } }],
};

describe('pointTo', () => {
  test('names two fields of each webhook and nothing else, bound to the version that was seen', () => {
    assert.deepEqual(pointTo(aConfiguration('old', '/old', ['one', 'two']), 'PEM', '/new'), {
      metadata: { name: 'hooks', uid: 'uid-hooks', resourceVersion: '9' },
      webhooks: [
        { name: 'one', clientConfig: { caBundle: 'UEVN', service: { path: '/new' } } },
        { name: 'two', clientConfig: { caBundle: 'UEVN', service: { path: '/new' } } },
      ],
    });
  });

  test('keeps host and port of a URL', () => {
    const wish = pointTo(byUrl, 'PEM', '/new') as WebhookConfiguration;
    assert.equal(wish.webhooks?.[0]?.clientConfig.url, 'https://127.0.0.1:9443/new?timeout=1');
    assert.equal(pointsTo({ ...byUrl, ...wish }, 'PEM', '/new'), true);
  });
});

describe('pointsTo', () => {
  const rows: Readonly<Record<string, readonly [WebhookConfiguration, boolean]>> = {
    'bundle and path': [aConfiguration('PEM', '/new'), true],
    'another bundle': [aConfiguration('OTHER', '/new'), false],
    'another path': [aConfiguration('PEM', '/old'), false],
    'no path': [aConfiguration('PEM'), false],
    'a URL with another path': [byUrl, false],
    'no webhooks at all': [{ metadata: { name: 'hooks' } }, true],
  };
  for (const [what, [configuration, want]] of Object.entries(rows)) {
    test(`${what}: ${want}`, () => assert.equal(pointsTo(configuration, 'PEM', '/new'), want));
  }
});

test('a bundle is read as text', () => {
  assert.equal(bundleOf({ name: 'one', clientConfig: { caBundle: 'UEVN' } }), 'PEM');
  assert.equal(bundleOf({ name: 'one', clientConfig: {} }), '');
});

test('the path of a call is as secret as its token', () => {
  assert.equal(callPath('abc'), '/admit/abc');
});
