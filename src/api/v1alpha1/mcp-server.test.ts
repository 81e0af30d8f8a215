import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Container, EnvFromSource as CoreEnvFromSource, EnvVar as CoreEnvVar } from 'kubernetes-types/core/v1.js';
import type { Condition as CoreCondition } from 'kubernetes-types/meta/v1.js';
import type { KubeObject } from '../../runtime/object.ts';
import type {
  Condition,
  EnvFromSource,
  EnvVar,
  Health,
  MCPServer,
  MCPServerDraft,
  MCPServerSpec,
  MCPServerSpecDraft,
  MCPServerStatus,
  Phase,
  ResourceRequirements,
} from './mcp-server.ts';

/** The compiler runs these: what must not type-check is marked, and an unused mark is an error. */

const health: Health = {
  type: 'HTTP',
  path: '/health',
  initialDelaySeconds: 0,
  periodSeconds: 10,
  timeoutSeconds: 5,
  failureThreshold: 3,
};
const spec: MCPServerSpec = {
  image: 'weather:1',
  replicas: 1,
  port: 8080,
  path: '/mcp',
  transport: 'StreamableHTTP',
  verify: { interval: '30s', timeout: '5s' },
  sessionAffinity: 'Auto',
  health,
};
const server: MCPServer = {
  apiVersion: 'mcp.mcp.dev/v1alpha1',
  kind: 'MCPServer',
  metadata: {
    name: 'weather',
    namespace: 'default',
    uid: 'uid-1',
    resourceVersion: '1',
    generation: 1,
    creationTimestamp: '2026-01-02T03:04:05Z',
  },
  spec,
};

describe('as read', () => {
  test('an MCPServer is an object of the runtime', () => {
    const object: KubeObject = server;
    assert.equal(object.metadata.name, 'weather');
  });

  test('defaults are there: no reader has to fill them', () => {
    const numbers: number[] = [server.spec.replicas, server.spec.port, server.spec.health.periodSeconds];
    const words: ('Auto' | 'HTTP' | 'TCP' | 'MCP')[] = [server.spec.health.type];
    assert.deepEqual([numbers, words], [[1, 8080, 10], ['HTTP']]);
  });

  test('what has no default may be absent, status included', () => {
    const secretName: string | undefined = server.spec.secretName;
    const status: MCPServerStatus | undefined = server.status;
    assert.deepEqual([secretName, status], [undefined, undefined]);
    // @ts-expect-error -- may be absent
    const sure: string = server.spec.secretName;
    assert.equal(sure, undefined);
  });

  test('nothing can be changed in place', () => {
    const change = (one: MCPServer) => {
      // @ts-expect-error -- read-only
      one.spec.replicas = 2;
      // @ts-expect-error -- read-only
      one.spec.args?.push('x');
      // @ts-expect-error -- read-only
      one.spec.health.path = '/x';
    };
    assert.equal(typeof change, 'function');
  });

  test('a phase is one of four words', () => {
    const phases: Readonly<Record<Phase, true>> = { Pending: true, Running: true, Failed: true, Stopped: true };
    // @ts-expect-error -- not a phase
    const wrong: Phase = 'Broken';
    assert.equal(wrong in phases, false);
  });

  test('a condition is a standard condition', () => {
    const condition: Condition = {
      type: 'Ready',
      status: 'True',
      reason: 'Ready',
      message: '',
      lastTransitionTime: '2026-01-02T03:04:05Z',
      observedGeneration: 1,
    };
    const core: CoreCondition = condition;
    assert.equal(core.type, 'Ready');
    // @ts-expect-error -- every condition has a reason
    const bare: Condition = { type: 'Ready', status: 'True', message: '', lastTransitionTime: '' };
    assert.equal(bare.status, 'True');
  });
});

describe('as passed on', () => {
  test('environment, command and the like fit into a container as they are, lists copied', () => {
    // The types of core know quantities as strings only; the API server takes `divisor: 1` as well.
    const one: EnvVar & { readonly valueFrom?: { readonly resourceFieldRef?: { readonly divisor?: string } } } = {
      name: 'A',
      valueFrom: { secretKeyRef: { name: 's', key: 'k', optional: true } },
    };
    const many: EnvFromSource = { prefix: 'A_', configMapRef: { name: 'm' } };
    const coreOne: CoreEnvVar = one;
    const coreMany: CoreEnvFromSource = many;
    const container: Container = {
      name: 'mcp-server',
      image: server.spec.image,
      env: [coreOne],
      envFrom: [...(server.spec.envFrom ?? []), coreMany],
      command: [...(server.spec.command ?? [])],
      args: [...(server.spec.args ?? [])],
    };
    assert.equal(container.env?.length, 1);
  });

  test('amounts are numbers or strings, by resource', () => {
    const resources: ResourceRequirements = { limits: { cpu: 1, memory: '1Gi' }, requests: { 'nvidia.com/gpu': 1 } };
    // @ts-expect-error -- an amount is not a truth value
    const wrong: ResourceRequirements = { limits: { cpu: true } };
    assert.deepEqual([resources.limits?.cpu, wrong.limits?.cpu], [1, true]);
  });
});

describe('as written', () => {
  test('an image is enough', () => {
    const draft: MCPServerDraft = {
      apiVersion: 'mcp.mcp.dev/v1alpha1',
      kind: 'MCPServer',
      metadata: { name: 'weather' },
      spec: { image: 'weather:1' },
    };
    assert.equal(draft.spec.replicas, undefined);
  });

  test('part of health is enough', () => {
    const draft: MCPServerSpecDraft = { image: 'weather:1', health: { type: 'TCP' } };
    assert.equal(draft.health?.path, undefined);
  });

  test('whatever was read can be written again', () => {
    const draft: MCPServerSpecDraft = server.spec;
    assert.equal(draft.image, 'weather:1');
  });

  test('mistakes do not compile', () => {
    const drafts: readonly MCPServerSpecDraft[] = [
      // @ts-expect-error -- no image
      { replicas: 2 },
      // @ts-expect-error -- no such field
      { image: 'weather:1', replica: 2 },
      // @ts-expect-error -- a word for a number
      { image: 'weather:1', replicas: 'two' },
      // @ts-expect-error -- of a later step
      { image: 'weather:1', transport: 'Stdio' },
      // @ts-expect-error -- a variable without a name
      { image: 'weather:1', env: [{ value: 'x' }] },
    ];
    assert.equal(drafts.length, 5);
  });
});
