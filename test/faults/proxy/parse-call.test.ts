import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Call } from './call.ts';
import { isWrite, verbs } from './call.ts';
import type { RawRequest } from './parse-call.ts';
import { parseCall } from './parse-call.ts';

const core = '/api/v1/namespaces/ns';
const apps = '/apis/apps/v1/namespaces/ns/deployments';
const apply = 'application/apply-patch+yaml';

type Row = readonly [request: Partial<RawRequest> & { readonly url: string }, want: Partial<Call>];

describe('parseCall', () => {
  const rows: Readonly<Record<string, Row>> = {
    'a get': [{ url: `${core}/pods/p` }, { verb: 'get', resource: 'pods', namespace: 'ns', name: 'p' }],
    'a list': [
      { url: `${core}/pods?limit=5` },
      { verb: 'list', resource: 'pods', namespace: 'ns', name: undefined, query: { limit: '5' } },
    ],
    'a list of all namespaces': [{ url: '/api/v1/pods' }, { verb: 'list', resource: 'pods', namespace: undefined }],
    'a list of one by field selector': [
      { url: `${core}/pods?fieldSelector=spec.nodeName%3Dn,metadata.name%3Dp` },
      { verb: 'list', name: 'p' },
    ],
    'a watch': [{ url: `${apps}?watch=true` }, { verb: 'watch', resource: 'deployments.apps', namespace: 'ns' }],
    'a watch, told by number': [{ url: `${apps}?watch=1` }, { verb: 'watch' }],
    'no watch': [{ url: `${apps}?watch=false` }, { verb: 'list' }],
    'a watch of old': [
      { url: '/api/v1/watch/namespaces/ns' },
      { verb: 'watch', resource: 'namespaces', namespace: undefined, name: 'ns' },
    ],
    'a watch of old, within a namespace': [
      { url: '/api/v1/watch/namespaces/ns/pods/p' },
      { verb: 'watch', resource: 'pods', namespace: 'ns', name: 'p' },
    ],
    'a Namespace': [{ url: core }, { verb: 'get', resource: 'namespaces', namespace: undefined, name: 'ns' }],
    'a Namespace’s subresource': [
      { url: `${core}/finalize`, method: 'PUT' },
      { verb: 'update', resource: 'namespaces', name: 'ns', subresource: 'finalize' },
    ],
    'all Namespaces': [{ url: '/api/v1/namespaces' }, { verb: 'list', resource: 'namespaces', name: undefined }],
    'a create, named by its body': [
      { url: apps, method: 'POST', body: { metadata: { name: 'w' } } },
      { verb: 'create', resource: 'deployments.apps', name: 'w' },
    ],
    'a create of a name by chance': [
      { url: apps, method: 'POST', body: { metadata: { generateName: 'w-' } } },
      { verb: 'create', name: undefined },
    ],
    'an apply': [
      { url: `${apps}/w?force=true`, method: 'PATCH', contentType: apply },
      { verb: 'apply', name: 'w' },
    ],
    'an apply of a status': [
      { url: '/apis/mcp.mcp.dev/v1alpha1/namespaces/ns/mcpservers/w/status', method: 'PATCH', contentType: apply },
      { verb: 'apply', resource: 'mcpservers.mcp.mcp.dev', name: 'w', subresource: 'status' },
    ],
    'another patch': [
      { url: `${apps}/w`, method: 'PATCH', contentType: 'application/merge-patch+json' },
      { verb: 'patch' },
    ],
    'an update': [
      { url: '/apis/coordination.k8s.io/v1/namespaces/ns/leases/l', method: 'PUT' },
      { verb: 'update', resource: 'leases.coordination.k8s.io', name: 'l' },
    ],
    'a delete': [
      { url: `${core}/services/s`, method: 'DELETE' },
      { verb: 'delete', resource: 'services', name: 's' },
    ],
    'a delete of all': [
      { url: `${core}/services`, method: 'DELETE' },
      { verb: 'deletecollection', name: undefined },
    ],
    'what goes on to a pod': [
      { url: `${core}/pods/p:80/proxy/mcp`, method: 'POST' },
      { verb: 'other', resource: 'pods', name: 'p:80', subresource: 'proxy' },
    ],
    'no resource': [{ url: '/version' }, { verb: 'other', resource: '', name: undefined, path: '/version' }],
    'a list of groups': [{ url: '/apis' }, { verb: 'other', resource: '' }],
    'a list of resources': [{ url: '/apis/apps/v1' }, { verb: 'other', resource: '' }],
    'a name that is encoded': [{ url: `${core}/pods/a%20b` }, { name: 'a b' }],
    'a name that is like a word of paths': [
      { url: `${core}/pods/status` },
      { verb: 'get', resource: 'pods', name: 'status' },
    ],
  };
  for (const [what, [request, want]] of Object.entries(rows)) {
    it(what, () => {
      const call = parseCall({ method: 'GET', ...request });
      const found = Object.fromEntries(Object.keys(want).map((field) => [field, Reflect.get(call, field)]));
      assert.deepEqual(found, want);
    });
  }
});

it('reads are no writes', () => {
  assert.deepEqual(
    verbs.filter((verb) => !isWrite(verb)),
    ['get', 'list', 'watch', 'other'],
  );
});
