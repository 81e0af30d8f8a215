import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { collectionPath, isByPath, watchPath, withQuery } from './request-path.ts';
import type { Resource } from './resource.ts';

const deployments: Resource = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
  verbs: [],
};
const namespaces: Resource = {
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
  verbs: [],
};

describe('withQuery', () => {
  it('encodes values and leaves out those that are undefined or empty', () => {
    const query = { labelSelector: 'a=b,c in (d)', continue: undefined, limit: 5, force: false, fieldSelector: '' };
    assert.equal(withQuery('/x', query), '/x?labelSelector=a%3Db%2Cc+in+%28d%29&limit=5&force=false');
  });

  it('adds nothing when there is nothing', () => {
    assert.equal(withQuery('/x', { a: undefined }), '/x');
  });
});

describe('collectionPath', () => {
  it('is that of all namespaces, or of one', () => {
    assert.equal(collectionPath(deployments, {}, {}), '/apis/apps/v1/deployments');
    assert.equal(collectionPath(deployments, { namespace: 'a' }, {}), '/apis/apps/v1/namespaces/a/deployments');
  });

  it('selects by label, and by name through a field selector', () => {
    assert.equal(
      collectionPath(deployments, { namespace: 'a', name: 'web', labelSelector: 'x=y' }, { limit: 500 }),
      '/apis/apps/v1/namespaces/a/deployments?labelSelector=x%3Dy&fieldSelector=metadata.name%3Dweb&limit=500',
    );
  });
});

describe('watchPath', () => {
  it('is the collection with watch=true', () => {
    assert.equal(
      watchPath(deployments, { namespace: 'a' }, { resourceVersion: '5' }),
      '/apis/apps/v1/namespaces/a/deployments?watch=true&resourceVersion=5',
    );
  });

  it('of one cluster-scoped object is the path that a Role can authorise', () => {
    const one = { name: 'team-a' };
    assert.equal(isByPath(namespaces, one), true);
    assert.equal(
      watchPath(namespaces, one, { resourceVersion: '0' }),
      '/api/v1/watch/namespaces/team-a?resourceVersion=0',
    );
  });

  it('of a named group is under that group', () => {
    const widgets: Resource = { ...namespaces, group: 'x.dev', version: 'v2', plural: 'widgets' };
    assert.equal(watchPath(widgets, { name: 'w' }, {}), '/apis/x.dev/v2/watch/widgets/w');
  });

  it('of one namespaced object, or of all cluster-scoped ones, is the collection', () => {
    assert.equal(isByPath(deployments, { namespace: 'a', name: 'web' }), false);
    assert.equal(isByPath(namespaces, {}), false);
    assert.match(watchPath(deployments, { namespace: 'a', name: 'web' }, {}), /fieldSelector=metadata\.name%3Dweb/);
  });
});
