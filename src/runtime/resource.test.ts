import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { apiVersionOf, nameOf, pathOf } from './resource.ts';

const pods = { group: '', version: 'v1', plural: 'pods' };
const deployments = { group: 'apps', version: 'v1', plural: 'deployments' };

describe('names of a resource', () => {
  it('leave out the core group', () => {
    assert.equal(apiVersionOf(pods), 'v1');
    assert.equal(apiVersionOf(deployments), 'apps/v1');
    assert.equal(nameOf(pods), 'pods');
    assert.equal(nameOf(deployments), 'deployments.apps');
  });
});

describe('pathOf', () => {
  it('is that of the collection, of an object or of its subresource', () => {
    assert.equal(pathOf(pods), '/api/v1/pods');
    assert.equal(pathOf(pods, 'a'), '/api/v1/namespaces/a/pods');
    assert.equal(pathOf(deployments, 'a', 'd'), '/apis/apps/v1/namespaces/a/deployments/d');
    assert.equal(pathOf(deployments, 'a', 'd', 'status'), '/apis/apps/v1/namespaces/a/deployments/d/status');
    assert.equal(pathOf({ group: '', version: 'v1', plural: 'nodes' }, undefined, 'n'), '/api/v1/nodes/n');
  });

  it('keeps a name from leading elsewhere', () => {
    assert.equal(pathOf(pods, 'a/../b', 'x?y#z'), '/api/v1/namespaces/a%2F..%2Fb/pods/x%3Fy%23z');
  });
});
