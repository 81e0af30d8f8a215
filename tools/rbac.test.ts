import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Resource } from '../src/runtime/resource.ts';
import {
  certificateResources,
  electionResources,
  metricsAuthResources,
  watchedResources,
  webhookConfigurationResources,
} from './operator-rights.ts';
import { bindingFor, clusterRoleFor, metricsReaderRole, roleFor, rolesFor, rulesFor, userRoles } from './rbac.ts';

function resource(fields: Partial<Resource>): Resource {
  return { group: '', version: 'v1', kind: 'Thing', plural: 'things', namespaced: true, verbs: ['list'], ...fields };
}

const subject = { kind: 'ServiceAccount', name: 'operator', namespace: 'system' } as const;

describe('rulesFor', () => {
  const rows: Readonly<Record<string, readonly [given: readonly Resource[], want: readonly object[]]>> = {
    'nothing declared': [[], []],
    'no verb': [[resource({ verbs: [] })], []],
    'verbs in the usual order': [
      [resource({ verbs: ['patch', 'watch', 'get'] })],
      [{ apiGroups: [''], resources: ['things'], verbs: ['get', 'watch', 'patch'] }],
    ],
    'a subresource is a resource of its own': [
      [resource({ verbs: ['get'], subresources: { status: ['patch'] } })],
      [
        { apiGroups: [''], resources: ['things'], verbs: ['get'] },
        { apiGroups: [''], resources: ['things/status'], verbs: ['patch'] },
      ],
    ],
    'equal verbs of one group share a rule, sorted by name': [
      [resource({ plural: 'b' }), resource({ plural: 'a' })],
      [{ apiGroups: [''], resources: ['a', 'b'], verbs: ['list'] }],
    ],
    'groups do not share': [
      [resource({ group: 'x.dev' }), resource({})],
      [
        { apiGroups: [''], resources: ['things'], verbs: ['list'] },
        { apiGroups: ['x.dev'], resources: ['things'], verbs: ['list'] },
      ],
    ],
    'one declared twice adds up': [
      [resource({ verbs: ['get'] }), resource({ verbs: ['list', 'get'] })],
      [{ apiGroups: [''], resources: ['things'], verbs: ['get', 'list'] }],
    ],
    'what is bound to names is a rule of its own': [
      [resource({ verbs: ['get'] }), resource({ verbs: ['get', 'patch'], names: ['mine'] })],
      [
        { apiGroups: [''], resources: ['things'], verbs: ['get'] },
        { apiGroups: [''], resources: ['things'], resourceNames: ['mine'], verbs: ['get', 'patch'] },
      ],
    ],
    'other names, other rules': [
      [resource({ verbs: ['get'], names: ['a'] }), resource({ verbs: ['get'], names: ['b'] })],
      [
        { apiGroups: [''], resources: ['things'], resourceNames: ['a'], verbs: ['get'] },
        { apiGroups: [''], resources: ['things'], resourceNames: ['b'], verbs: ['get'] },
      ],
    ],
    'the same plural in two groups stays apart': [
      [resource({ group: 'a.dev', verbs: ['get'] }), resource({ group: 'b.dev', verbs: ['list'] })],
      [
        { apiGroups: ['a.dev'], resources: ['things'], verbs: ['get'] },
        { apiGroups: ['b.dev'], resources: ['things'], verbs: ['list'] },
      ],
    ],
  };
  for (const [what, [given, want]] of Object.entries(rows)) {
    test(what, () => assert.deepEqual(rulesFor(given), want));
  }

  test('the order of declaration does not matter', () => {
    const reversed = [...watchedResources].reverse();
    assert.deepEqual(rulesFor(reversed), rulesFor(watchedResources));
  });
});

describe('roles', () => {
  test('a ClusterRole has no namespace, a Role has one', () => {
    assert.deepEqual(
      [clusterRoleFor('r', []).kind, clusterRoleFor('r', []).metadata.namespace],
      ['ClusterRole', undefined],
    );
    assert.deepEqual([roleFor('r', 'n', []).kind, roleFor('r', 'n', []).metadata.namespace], ['Role', 'n']);
  });

  test('each namespace gets a Role and a binding of it to the operator', () => {
    const objects = rolesFor(['a', 'b'], { name: 'r', subject, resources: [resource({})] });
    assert.deepEqual(
      objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`),
      ['Role a/r', 'RoleBinding a/r', 'Role b/r', 'RoleBinding b/r'],
    );
  });

  test('no namespace, no rights', () => {
    assert.deepEqual(rolesFor([], { name: 'r', subject, resources: watchedResources }), []);
  });

  test('of Namespaces a Role grants get and watch of its own, and drops the list, which it cannot grant', () => {
    const namespaces = resource({ plural: 'namespaces', namespaced: false, verbs: ['get', 'list', 'watch'] });
    assert.deepEqual(roleFor('r', 'n', [namespaces]).rules, [
      { apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'watch'] },
    ]);
  });

  test('any other cluster-scoped resource is an error that names it', () => {
    const nodes = resource({ plural: 'nodes', namespaced: false });
    assert.throws(() => roleFor('r', 'n', [nodes]), /nodes is cluster-scoped/);
    const impostor = resource({ group: 'x.dev', plural: 'namespaces', namespaced: false, verbs: ['get'] });
    assert.throws(() => roleFor('r', 'n', [impostor]), /namespaces is cluster-scoped/);
  });
});

describe('bindingFor', () => {
  const role = { kind: 'ClusterRole', name: 'r' } as const;

  test('without a namespace it holds everywhere', () => {
    const { kind, metadata, roleRef, subjects } = bindingFor({ name: 'b', role, subject });
    assert.equal(kind, 'ClusterRoleBinding');
    assert.ok(!('namespace' in metadata));
    assert.deepEqual(roleRef, { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'r' });
    assert.deepEqual(subjects, [subject]);
  });

  test('with one it holds there, also for a ClusterRole', () => {
    const { kind, metadata } = bindingFor({ name: 'b', namespace: 'n', role, subject });
    assert.deepEqual([kind, metadata.namespace], ['RoleBinding', 'n']);
  });
});

describe("the operator's rights", () => {
  const rules = rulesFor(watchedResources);
  const verbsOf = (group: string, name: string) =>
    rules.find((rule) => rule.apiGroups?.includes(group) && rule.resources?.includes(name))?.verbs ?? [];

  test('no wildcard anywhere', () => {
    assert.doesNotMatch(JSON.stringify([rules, rulesFor(electionResources)]), /\*/);
  });

  test('it never writes an MCPServer, only its status', () => {
    const writes = ['create', 'update', 'patch', 'delete'];
    assert.deepEqual(
      verbsOf('mcp.mcp.dev', 'mcpservers').filter((verb) => writes.includes(verb)),
      [],
    );
    assert.deepEqual(verbsOf('mcp.mcp.dev', 'mcpservers/status'), ['patch']);
  });

  // `get`: the token of spec.verify.auth. What is watched of the others is that they exist.
  test('it never writes a Secret', () => {
    assert.deepEqual(verbsOf('', 'secrets'), ['get', 'list', 'watch']);
  });

  // Of a pod it writes the readiness gate alone, which is in the status.
  test('it never creates, changes or deletes a pod', () => {
    assert.deepEqual(verbsOf('', 'pods'), ['list', 'watch']);
    assert.deepEqual(verbsOf('', 'pods/status'), ['patch']);
  });

  test('events and leases are among them', () => {
    assert.ok(verbsOf('', 'events').includes('create'));
    const [lease] = rulesFor(electionResources);
    assert.deepEqual(lease?.resources, ['leases']);
  });
});

describe('what serving needs', () => {
  test('one Secret and one webhook configuration, each by name', () => {
    const rules = [...rulesFor(certificateResources()), ...rulesFor(webhookConfigurationResources())];
    assert.deepEqual(rules, [
      {
        apiGroups: [''],
        resources: ['secrets'],
        resourceNames: ['smooth-operator-webhook-server-cert'],
        verbs: ['list', 'watch', 'create', 'patch', 'delete'],
      },
      {
        apiGroups: ['admissionregistration.k8s.io'],
        resources: ['validatingwebhookconfigurations'],
        resourceNames: ['smooth-operator-validating-webhook-configuration'],
        verbs: ['get', 'watch', 'patch'],
      },
    ]);
  });

  test('questions about callers, and nothing else', () => {
    const rules = rulesFor(metricsAuthResources);
    assert.deepEqual(
      rules.map(({ resources, verbs }) => `${verbs} ${resources}`),
      ['create tokenreviews', 'create subjectaccessreviews'],
    );
  });

  test('metrics-reader is the path of metrics, for nobody in particular', () => {
    assert.deepEqual(metricsReaderRole().rules, [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }]);
    assert.equal(metricsReaderRole().metadata.labels?.['rbac.authorization.k8s.io/aggregate-to-view'], undefined);
  });
});

describe('userRoles', () => {
  const { admin, editor, viewer } = userRoles();

  test('are added to the roles that every cluster has', () => {
    const targets = [admin, editor, viewer].map(({ metadata }) =>
      Object.entries(metadata.labels ?? {}).filter(([key]) => key.startsWith('rbac.authorization.k8s.io/')),
    );
    assert.deepEqual(targets, [
      [['rbac.authorization.k8s.io/aggregate-to-admin', 'true']],
      [['rbac.authorization.k8s.io/aggregate-to-edit', 'true']],
      [['rbac.authorization.k8s.io/aggregate-to-view', 'true']],
    ]);
  });

  test('nobody writes status by them', () => {
    for (const { rules } of [admin, editor, viewer]) {
      const status = rules.find(({ resources }) => resources?.includes('mcpservers/status'));
      assert.deepEqual(status?.verbs, ['get']);
    }
  });

  test('a viewer only reads', () => {
    const verbs = new Set(viewer.rules.flatMap((rule) => rule.verbs));
    assert.deepEqual([...verbs].sort(), ['get', 'list', 'watch']);
  });
});
