import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstDifference } from './holds.ts';

interface Row {
  readonly name: string;
  readonly wish: unknown;
  readonly live: unknown;
  readonly difference?: string;
}

const container = (fields: object) => ({ spec: { template: { spec: { containers: [fields] } } } });
const containerPath = 'spec.template.spec.containers[name=mcp-server]';

const rows: readonly Row[] = [
  { name: 'equal objects', wish: { a: 1, b: { c: 'x' } }, live: { a: 1, b: { c: 'x' } } },
  { name: 'a default that the server added', wish: { a: 1 }, live: { a: 1, defaulted: true } },
  {
    name: 'a changed leaf',
    wish: { spec: { replicas: 2 } },
    live: { spec: { replicas: 3 } },
    difference: 'spec.replicas',
  },
  { name: 'a removed leaf', wish: { spec: { type: 'ClusterIP' } }, live: { spec: {} }, difference: 'spec.type' },
  { name: 'a removed branch', wish: { spec: { a: { b: 1 } } }, live: {}, difference: 'spec' },
  { name: 'undefined in the wish asks for nothing', wish: { a: undefined }, live: {} },
  { name: 'an empty string that the server leaves out', wish: { value: '' }, live: {} },
  { name: 'a zero that the server leaves out', wish: { initialDelaySeconds: 0 }, live: {} },
  { name: 'an empty list that the server leaves out', wish: { args: [] }, live: {} },
  { name: 'an empty object that the server leaves out', wish: { limits: {} }, live: {} },
  { name: 'false is not left out', wish: { mount: false }, live: {}, difference: 'mount' },
  { name: 'a zero that somebody changed', wish: { replicas: 0 }, live: { replicas: 1 }, difference: 'replicas' },
  { name: 'a label of another tool', wish: { labels: { app: 'a' } }, live: { labels: { app: 'a', team: 'blue' } } },
  { name: 'an ordered list, equal', wish: { args: ['a', 'b'] }, live: { args: ['a', 'b'] } },
  { name: 'an ordered list, longer', wish: { args: ['a'] }, live: { args: ['a', 'b'] }, difference: 'args' },
  { name: 'an ordered list, reordered', wish: { args: ['a', 'b'] }, live: { args: ['b', 'a'] }, difference: 'args[0]' },
  {
    name: 'a sidecar beside our container',
    wish: container({ name: 'mcp-server', image: 'a' }),
    live: { spec: { template: { spec: { containers: [{ name: 'proxy' }, { name: 'mcp-server', image: 'a' }] } } } },
  },
  {
    name: 'our container, renamed',
    wish: container({ name: 'mcp-server', image: 'a' }),
    live: container({ name: 'other', image: 'a' }),
    difference: containerPath,
  },
  {
    name: 'an env entry of another manager',
    wish: { env: [{ name: 'A', value: '1' }] },
    live: {
      env: [
        { name: 'B', value: '2' },
        { name: 'A', value: '1' },
      ],
    },
  },
  {
    name: 'an env entry, changed',
    wish: { env: [{ name: 'A', value: '1' }] },
    live: { env: [{ name: 'A', value: '2' }] },
    difference: 'env[name=A].value',
  },
  {
    name: 'a port is found by its number',
    wish: { ports: [{ containerPort: 80, name: 'http' }] },
    live: { ports: [{ containerPort: 80, name: 'web' }] },
    difference: 'ports[containerPort=80].name',
  },
  {
    name: 'an owner reference is found by its uid',
    wish: { ownerReferences: [{ uid: 'u1', name: 'x', controller: true }] },
    live: {
      ownerReferences: [
        { uid: 'u0', name: 'x' },
        { uid: 'u1', name: 'x', controller: true },
      ],
    },
  },
  {
    name: 'a quantity in canonical form',
    wish: container({ name: 'mcp-server', resources: { limits: { cpu: '1000m', memory: '1024Mi' } } }),
    live: container({ name: 'mcp-server', resources: { limits: { cpu: '1', memory: '1Gi' } } }),
  },
  {
    name: 'a quantity given as a number',
    wish: container({ name: 'mcp-server', resources: { requests: { cpu: 2 } } }),
    live: container({ name: 'mcp-server', resources: { requests: { cpu: '2' } } }),
  },
  {
    name: 'a quantity, changed',
    wish: container({ name: 'mcp-server', resources: { limits: { cpu: '1' } } }),
    live: container({ name: 'mcp-server', resources: { limits: { cpu: '2' } } }),
    difference: `${containerPath}.resources.limits.cpu`,
  },
  {
    name: 'outside resources, text is compared as text',
    wish: { env: [{ name: 'A', value: '1000m' }] },
    live: { env: [{ name: 'A', value: '1' }] },
    difference: 'env[name=A].value',
  },
  { name: 'a list where the live object has none', wish: { args: ['a'] }, live: { args: 'a' }, difference: 'args' },
  { name: 'nothing at all where something was wished', wish: { a: 1 }, live: undefined, difference: '' },
];

for (const row of rows) {
  test(row.name, () => assert.equal(firstDifference(row.wish, row.live), row.difference));
}
