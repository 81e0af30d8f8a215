import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { acceptOf, pageOf, pageOfOne, parseAnswer, requireMetadataOnly } from './answer.ts';
import { requireVerb } from './declared-verbs.ts';
import type { Resource } from './resource.ts';

const secrets: Resource = {
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
  verbs: ['get', 'list', 'watch'],
  metadataOnly: true,
};
const widgets: Resource = {
  group: 'x.dev',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
  verbs: ['get', 'patch'],
  subresources: { status: ['patch'] },
};

describe('acceptOf', () => {
  it('asks for metadata alone, with no second choice that would bring a Secret in whole', () => {
    const accept = acceptOf(secrets, 'PartialObjectMetadataList');
    assert.equal(accept, 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io');
  });

  it('asks for plain JSON otherwise', () => {
    assert.equal(acceptOf(widgets, 'PartialObjectMetadata'), 'application/json');
  });
});

describe('requireMetadataOnly', () => {
  it('lets metadata and Status through', () => {
    for (const kind of ['PartialObjectMetadata', 'PartialObjectMetadataList', 'Status']) {
      requireMetadataOnly(secrets, { kind });
    }
  });

  it('refuses a whole object, or one that does not say what it is', () => {
    assert.throws(() => requireMetadataOnly(secrets, { kind: 'Secret' }), { code: 'Malformed', message: /secrets/ });
    assert.throws(() => requireMetadataOnly(secrets, {}), { code: 'Malformed' });
  });

  it('does not care about other resources', () => {
    requireMetadataOnly(widgets, { kind: 'Widget' });
  });
});

describe('parseAnswer', () => {
  it('refuses what is no JSON object, without quoting it', () => {
    for (const text of ['token=hunter2', '', 'null', '"hunter2"', '3']) {
      assert.throws(
        () => parseAnswer(text, 'GET /x'),
        (error: Error) => /GET \/x/.test(error.message) && !error.message.includes('hunter2'),
      );
    }
  });
});

describe('pageOf', () => {
  it('takes null for no items, as Go writes an empty list', () => {
    assert.deepEqual(pageOf({ metadata: { resourceVersion: '5' }, items: null }, 'x'), {
      items: [],
      resourceVersion: '5',
      continueToken: undefined,
    });
  });

  it('takes an empty continue token for none', () => {
    const page = pageOf({ metadata: { resourceVersion: '5', continue: '' }, items: [1] }, 'x');
    assert.equal(page.continueToken, undefined);
    assert.equal(pageOf({ metadata: { resourceVersion: '5', continue: 'c' }, items: [] }, 'x').continueToken, 'c');
  });

  it('refuses what is no list', () => {
    assert.throws(() => pageOf({ metadata: {}, items: [] }, 'GET /x'), { code: 'Malformed', message: /GET \/x/ });
  });
});

describe('pageOfOne', () => {
  it('can be watched from any version only, as an object does not tell its collection’s', () => {
    const object = { metadata: { name: 'a', resourceVersion: '7' } };
    assert.deepEqual(pageOfOne(object), { items: [object], resourceVersion: '0', continueToken: undefined });
    assert.deepEqual(pageOfOne(undefined).items, []);
  });
});

describe('requireVerb', () => {
  it('lets declared verbs through', () => {
    requireVerb(widgets, 'get');
    requireVerb(widgets, 'patch', 'status');
  });

  it('refuses others, naming verb and resource', () => {
    assert.throws(() => requireVerb(widgets, 'delete'), { code: 'NotDeclared', message: /delete of widgets\.x\.dev / });
    assert.throws(() => requireVerb(secrets, 'create'), { code: 'NotDeclared', message: /create of secrets / });
  });

  it('keeps subresources apart from their resource', () => {
    assert.throws(() => requireVerb(widgets, 'get', 'status'), { message: /get of widgets\.x\.dev\/status/ });
    assert.throws(() => requireVerb(widgets, 'patch', 'scale'), { message: /patch of widgets\.x\.dev\/scale/ });
  });
});
