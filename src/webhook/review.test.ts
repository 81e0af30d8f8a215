import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aServer } from '../../test/support/snapshots.ts';
import { answer, parseReview } from './review.ts';

/** A review as the API server sends it. */
function review(request: object = {}): string {
  const resource = { group: 'mcp.mcp.dev', version: 'v1alpha1', resource: 'mcpservers' };
  const all = { uid: 'u', operation: 'CREATE', namespace: 'team-a', resource, object: aServer(), ...request };
  return JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request: all });
}

describe('a review', () => {
  test('is read', () => {
    const request = parseReview(review({ oldObject: null }));
    assert.deepEqual([request.uid, request.operation, request.namespace], ['u', 'CREATE', 'team-a']);
    assert.equal(request.server?.spec.image, 'example.com/weather:1.0');
    assert.equal(request.before, undefined);
  });

  test('of an update has both objects', () => {
    const { before, server } = parseReview(review({ operation: 'UPDATE', oldObject: aServer({ image: 'old' }) }));
    assert.deepEqual([before?.spec.image, server?.spec.image], ['old', 'example.com/weather:1.0']);
  });

  test('of a deletion has no new one', () => {
    assert.equal(parseReview(review({ operation: 'DELETE', object: null })).server, undefined);
  });

  test('lends its uid to an object that has none: owner references need one', () => {
    const { uid: _, ...metadata } = aServer().metadata;
    assert.equal(parseReview(review({ object: { ...aServer(), metadata } })).server?.metadata.uid, 'u');
    assert.equal(parseReview(review()).server?.metadata.uid, 'uid-1');
  });

  const others: Readonly<Record<string, object>> = {
    'a subresource': { subResource: 'status' },
    'another resource': { resource: { group: 'apps', version: 'v1', resource: 'deployments' }, object: { any: 1 } },
    'a namesake of another group': { resource: { group: 'x.dev', version: 'v1', resource: 'mcpservers' } },
  };
  for (const [what, request] of Object.entries(others)) {
    test(`of ${what} is none of ours, and its object is not looked at`, () => {
      const { isServer, server } = parseReview(review(request));
      assert.deepEqual([isServer, server], [false, undefined]);
    });
  }

  const wrong: Readonly<Record<string, string>> = {
    'no JSON': '{',
    'no review': '{}',
    null: 'null',
    'a list': '[]',
    'a review of nothing': '{"request":null}',
    'a review without a uid': '{"request":{}}',
    'an object without a name': review({ object: { metadata: {}, spec: {} } }),
    'an object without a spec': review({ object: { metadata: { name: 'a' } } }),
    'an object of another namespace than it says': review({ namespace: 'team-b' }),
  };
  for (const [what, body] of Object.entries(wrong)) {
    test(`${what} is malformed`, () => {
      assert.throws(() => parseReview(body), { name: 'WebhookError', code: 'Malformed' });
    });
  }

  test('is not quoted when it is malformed', () => {
    assert.throws(
      () => parseReview('{"token":"swordfish'),
      (error: Error) => !String(error.message).includes('swordfish'),
    );
  });
});

describe('the answer', () => {
  const parsed = (...args: Parameters<typeof answer>) => JSON.parse(answer(...args)).response;

  test('is as short as it can be', () => {
    assert.deepEqual(parsed('u', { allowed: true, warnings: [] }), { uid: 'u', allowed: true });
  });

  test('carries warnings, and a Status with causes', () => {
    const causes = [{ field: 'spec.image', message: 'no' }];
    const refusal = { code: 422, reason: 'Invalid', message: 'no', causes };
    assert.deepEqual(parsed('u', { allowed: false, refusal, warnings: ['w'] }), {
      uid: 'u',
      allowed: false,
      status: { code: 422, reason: 'Invalid', message: 'no', details: { causes } },
      warnings: ['w'],
    });
  });
});
