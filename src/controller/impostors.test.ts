import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aLiveDeployment, aLiveService, aServer } from '../../test/support/snapshots.ts';
import { ApiError, type StatusCause } from '../runtime/errors.ts';
import { isDuplicatePort, replaceImpostors } from './impostors.ts';
import { deploymentFor } from './objects/deployment.ts';
import { serviceFor } from './objects/service.ts';

const server = aServer();
const deployment = aLiveDeployment(server);
const service = aLiveService(server);

describe('a port of our name', () => {
  const rows: readonly { readonly name: string; readonly causes: readonly StatusCause[]; readonly is: boolean }[] = [
    {
      name: 'in a Service',
      causes: [{ reason: 'FieldValueDuplicate', field: 'spec.ports[1].name' }],
      is: true,
    },
    {
      name: 'in a container',
      causes: [{ reason: 'FieldValueDuplicate', field: 'spec.template.spec.containers[0].ports[1].name' }],
      is: true,
    },
    {
      name: 'among other causes',
      causes: [
        { reason: 'FieldValueInvalid', field: 'spec' },
        { reason: 'FieldValueDuplicate', field: 'spec.ports[1].name' },
      ],
      is: true,
    },
    {
      name: 'not: a duplicate of something else',
      causes: [{ reason: 'FieldValueDuplicate', field: 'spec.ports[1]' }],
      is: false,
    },
    {
      name: 'not: a wrong name of a port',
      causes: [{ reason: 'FieldValueInvalid', field: 'spec.ports[1].name' }],
      is: false,
    },
    { name: 'not: no causes', causes: [], is: false },
    { name: 'not: a cause without a field', causes: [{ reason: 'FieldValueDuplicate' }], is: false },
  ];
  for (const { name, causes, is } of rows) {
    test(name, () => assert.equal(isDuplicatePort(new ApiError('Invalid', 'Duplicate value', { causes })), is));
  }
});

describe('the patch that puts ours in its place', () => {
  const ours = { name: 'http', port: 8080, targetPort: 'http', protocol: 'TCP', appProtocol: 'http' };

  test('in a Service: every port of our name goes, others stay, and ours comes last', () => {
    const ports = [
      { name: 'http', port: 9999, targetPort: 'http', protocol: 'TCP' },
      { name: 'metrics', port: 9090, targetPort: 9090, protocol: 'TCP' },
    ];
    const live = { ...service, spec: { ...service.spec, ports } };
    assert.deepEqual(replaceImpostors(live, serviceFor(server, 'None')), {
      metadata: { uid: 'uid-service', resourceVersion: '201' },
      spec: { ports: [ports[1], ours] },
    });
  });

  test('in a Service that has lost all its ports', () => {
    const { ports, ...spec } = service.spec;
    assert.ok(ports !== undefined);
    assert.deepEqual(replaceImpostors({ ...service, spec }, serviceFor(server, 'None')), {
      metadata: { uid: 'uid-service', resourceVersion: '201' },
      spec: { ports: [ours] },
    });
  });

  test('in a Deployment: in our container alone, whatever else the container has', () => {
    const [container] = deployment.spec.template.spec?.containers ?? [];
    assert.ok(container !== undefined);
    const sidecar = { name: 'proxy', image: 'proxy', ports: [{ name: 'http', containerPort: 15_001 }] };
    const moved = { ...container, tty: true, ports: [{ name: 'http', containerPort: 9999, protocol: 'TCP' }] };
    const template = { ...deployment.spec.template, spec: { containers: [sidecar, moved] } };
    const live = { ...deployment, spec: { ...deployment.spec, template } };
    assert.deepEqual(replaceImpostors(live, deploymentFor(server, { restricted: false, healthType: 'HTTP' })), {
      metadata: { uid: 'uid-deployment', resourceVersion: '200' },
      spec: {
        template: {
          spec: {
            containers: [sidecar, { ...moved, ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }] }],
          },
        },
      },
    });
  });
});
