import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { changesBetween } from '../../../test/support/changes.ts';
import { aServer } from '../../../test/support/snapshots.ts';
import type { MCPServerSpec } from '../../api/v1alpha1/mcp-server.ts';
import { HASH_ANNOTATION } from '../labels.ts';
import { appliedHash } from './applied-hash.ts';
import { deploymentFor } from './deployment.ts';
import { serviceFor } from './service.ts';

const plain = serviceFor(aServer(), 'None');

test('the whole Service', () => {
  assert.deepEqual(plain, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'weather',
      namespace: 'team-a',
      labels: {
        app: 'weather',
        'app.kubernetes.io/name': 'mcp-server',
        'app.kubernetes.io/instance': 'weather',
        'app.kubernetes.io/component': 'server',
        'app.kubernetes.io/managed-by': 'smooth-operator',
        'mcp.mcp.dev/server': 'weather',
      },
      annotations: { [HASH_ANNOTATION]: appliedHash(plain) },
      ownerReferences: [
        {
          apiVersion: 'mcp.mcp.dev/v1alpha1',
          kind: 'MCPServer',
          name: 'weather',
          uid: 'uid-1',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      type: 'ClusterIP',
      sessionAffinity: 'None',
      selector: { 'mcp.mcp.dev/server': 'weather' },
      ports: [{ name: 'http', port: 8080, targetPort: 'http', protocol: 'TCP', appProtocol: 'http' }],
    },
  });
});

test('a port change moves the Service port alone: the target is a name', () => {
  const { [`metadata.annotations.${HASH_ANNOTATION}`]: hash, ...others } = changesBetween(
    plain,
    serviceFor(aServer({ port: 9000 }), 'None'),
  );
  assert.deepEqual(others, { 'spec.ports.0.port': 9000 });
  assert.notEqual(hash, undefined);
});

describe('what the Service has nothing to do with costs no request to it', () => {
  const specs: readonly Partial<MCPServerSpec>[] = [
    { image: 'other' },
    { replicas: 9 },
    { secretName: 'keys' },
    { args: ['--verbose'] },
    { resources: { limits: { cpu: '1' } } },
    { serviceAccountName: 'robot' },
  ];
  for (const spec of specs) {
    test(Object.keys(spec).join(), () => assert.deepEqual(serviceFor(aServer(spec), 'None'), plain));
  }
});

test('the Service selects the pods of the Deployment, by a port that they have', () => {
  const { template } = deploymentFor(aServer(), { restricted: false, healthType: 'HTTP' }).spec;
  for (const [label, value] of Object.entries(plain.spec.selector ?? {})) {
    assert.equal(template.metadata?.labels?.[label], value);
  }
  const names = template.spec?.containers.flatMap(({ ports }) => ports?.map(({ name }) => name) ?? []);
  assert.deepEqual(names, [plain.spec.ports?.[0]?.targetPort]);
});
