import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EventMatch, RequestMatch } from './fault.ts';
import type { MatchedEvent, MatchedRequest } from './match.ts';
import { matchesEvent, matchesRequest } from './match.ts';

const placeholders = { $namespace: 'ns' };

describe('matchesRequest', () => {
  const request: MatchedRequest = {
    verb: 'apply',
    resource: 'deployments.apps',
    namespace: 'ns',
    name: 'weather',
    subresource: undefined,
    instance: '1',
    body: { spec: { replicas: 2, paused: null, template: { containers: [{ image: 'a/b' }] } } },
  };
  const right: readonly RequestMatch[] = [
    {},
    { verb: 'apply', resource: 'deployments.apps', namespace: 'ns', name: 'weather', subresource: '', instance: '1' },
    { verb: ['create', 'apply'] },
    { namespace: '$namespace' },
    { diff: { '/spec/replicas': 2, '/spec/template/containers/0/image': 'a/b' } },
    { diff: { '/spec/selector': null, '/spec/paused': null } },
  ];
  for (const match of right)
    it(`holds: ${JSON.stringify(match)}`, () => assert.ok(matchesRequest(match, request, placeholders)));

  const wrong: readonly RequestMatch[] = [
    { verb: 'create' },
    { verb: ['create', 'patch'] },
    { resource: 'deployments' },
    { namespace: 'other' },
    { name: '$namespace' },
    { subresource: 'status' },
    { instance: '2' },
    { diff: { '/spec/replicas': 3 } },
    { diff: { '/spec/replicas': null } },
    { diff: { '/spec/replicas': 2, '/spec/none': 1 } },
  ];
  for (const match of wrong)
    it(`does not hold: ${JSON.stringify(match)}`, () => assert.ok(!matchesRequest(match, request, placeholders)));

  it('an empty subresource means none of them', () => {
    const status = { ...request, subresource: 'status' };
    assert.ok(!matchesRequest({ subresource: '' }, status, {}));
    assert.ok(matchesRequest({ subresource: 'status' }, status, {}));
    assert.ok(matchesRequest({}, status, {}));
  });
});

describe('matchesEvent', () => {
  const event: MatchedEvent = {
    resource: 'pods',
    type: 'MODIFIED',
    namespace: 'ns',
    name: 'p',
    object: { metadata: { labels: { 'a/b~c': 'x' } } },
  };
  const rows: readonly [EventMatch, boolean][] = [
    [{ resource: 'pods' }, true],
    [{ resource: 'services' }, false],
    [{ resource: 'pods', type: 'MODIFIED', namespace: '$namespace', name: 'p' }, true],
    [{ resource: 'pods', type: 'ADDED' }, false],
    [{ resource: 'pods', name: 'q' }, false],
    [{ resource: 'pods', diff: { '/metadata/labels/a~1b~0c': 'x' } }, true],
    [{ resource: 'pods', diff: { '/metadata/labels/a~1b~0c': 'y' } }, false],
  ];
  for (const [match, want] of rows) {
    it(`${want ? 'holds' : 'does not hold'}: ${JSON.stringify(match)}`, () => {
      assert.equal(matchesEvent(match, event, placeholders), want);
    });
  }

  it('bookmarks are met by those alone that ask for them', () => {
    const bookmark = { ...event, type: 'BOOKMARK' };
    assert.ok(!matchesEvent({ resource: 'pods' }, bookmark, {}));
    assert.ok(matchesEvent({ resource: 'pods', type: 'BOOKMARK' }, bookmark, {}));
  });
});
