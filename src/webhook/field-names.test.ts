import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { serverCause, serverField } from './field-names.ts';

describe('the field of the MCPServer that a field of a child comes from', () => {
  const container = 'spec.template.spec.containers[0]';
  const rows: readonly (readonly [field: string, want: string, hasSecret?: boolean])[] = [
    [`${container}.image`, 'spec.image'],
    [`${container}.env[2].valueFrom.fieldRef.fieldPath`, 'spec.env[2].valueFrom.fieldRef.fieldPath'],
    [`${container}.resources.limits[cpu]`, 'spec.resources.limits[cpu]'],
    [`${container}.command[0]`, 'spec.command[0]'],
    [`${container}.workingDir`, 'spec.workingDir'],
    [`${container}.imagePullPolicy`, 'spec.imagePullPolicy'],
    [`${container}.envFrom[0].secretRef.name`, 'spec.envFrom[0].secretRef.name'],
    [`${container}.envFrom[1].secretRef.name`, 'spec.envFrom[0].secretRef.name', true],
    [`${container}.envFrom[0].secretRef.name`, 'spec.secretName', true],
    [`${container}.ports[0].containerPort`, 'spec.port'],
    [`${container}.livenessProbe.httpGet.path`, 'spec.health.path'],
    [`${container}.readinessProbe.periodSeconds`, 'spec.health'],
    ['spec.template.spec.serviceAccountName', 'spec.serviceAccountName'],
    ['spec.template.spec.imagePullSecrets[0].name', 'spec.imagePullSecrets[0].name'],
    ['spec.ports[0].port', 'spec.port'],
    ['spec.replicas', 'spec.replicas'],
    // Nothing that anybody wrote corresponds: better the child's field than a wrong one.
    [`${container}.securityContext.capabilities`, `${container}.securityContext.capabilities`],
    ['spec.template.spec.containers[1].image', 'spec.template.spec.containers[1].image'],
    ['metadata.labels', 'metadata.labels'],
    [`${container}.imagery`, `${container}.imagery`],
  ];
  for (const [field, want, hasSecret = false] of rows) {
    test(`${field}${hasSecret ? ' beside a secretName' : ''}`, () => assert.equal(serverField(field, hasSecret), want));
  }
});

test('a cause keeps its words', () => {
  const cause = { reason: 'FieldValueInvalid', field: 'spec.ports[0].port', message: 'Invalid value: 0' };
  assert.deepEqual(serverCause(cause, false), { ...cause, field: 'spec.port' });
  assert.deepEqual(serverCause({}, false), { field: '', message: '' });
});
