import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { AdapterError, parseAdapter } from './adapter.ts';
import { floor } from './adapters/floor.ts';
import { smoothOperator } from './adapters/smooth-operator.ts';

const least = {
  name: 'other',
  command: ['/opt/other', '--kubeconfig={kubeconfig}'],
  resource: { api: '/apis/example.com/v1', plural: 'things' },
  template: { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: '{name}' } },
  children: [{ api: '/apis/apps/v1', plural: 'deployments' }],
};
const parse = (more: object) => parseAdapter({ ...least, ...more }, 'other.json');

test('the least that an adapter says is enough', () => {
  assert.deepEqual(parse({}), {
    ...least,
    env: {},
    node: false,
    ready: undefined,
    manifests: [],
    children: [{ api: '/apis/apps/v1', plural: 'deployments', name: '{name}' }],
    created: [],
    available: undefined,
    scale: undefined,
    recreated: [],
  });
});

test('everything that can be said is taken', () => {
  const more = {
    env: { LEVEL: 'warn' },
    node: true,
    ready: { line: 'up' },
    manifests: ['./crd.yaml'],
    children: [{ api: '/api/v1', plural: 'services', name: '{name}-http' }],
    created: [{ path: 'status.ready' }],
    available: { status: { replicas: 1 }, checks: [{ path: 'status.phase', equals: 'Up' }] },
    scale: {
      patch: { spec: { replicas: 2 } },
      workload: [{ path: 'spec.replicas', equals: 2 }],
      checks: [{ path: 'status.observedGeneration', equals: '{generation}' }],
    },
    recreated: [{ path: 'status.ready', equals: false }],
  };
  assert.deepEqual(parse(more), { ...least, ...more });
  assert.deepEqual(parse({ ready: { url: 'http://127.0.0.1:{healthPort}/' } }).ready, {
    url: 'http://127.0.0.1:{healthPort}/',
  });
});

test('the built-in ones and the example are such adapters, and the example is our own operator', async () => {
  const own = smoothOperator(['./dist/smooth-operator.js']);
  for (const adapter of [own, floor(['floor.js'])]) {
    assert.deepEqual(parseAdapter(JSON.parse(JSON.stringify(adapter)), adapter.name), adapter);
  }
  const file = join(import.meta.dirname, 'adapters', 'example.json');
  const example = parseAdapter(JSON.parse(await readFile(file, 'utf8')), 'example.json');
  const { name, command, manifests, available, ...rest } = own;
  const { name: _, command: program, manifests: files, available: awaited, ...same } = example;
  assert.deepEqual(same, rest);
  assert.deepEqual(awaited?.checks, available?.checks);
  assert.deepEqual(files, ['../../../config/crd/bases/mcp.mcp.dev_mcpservers.yaml']);
  assert.deepEqual(program.slice(-3), command.slice(-3));
});

test('what is wrong is said with its place, what it is and what it should be', () => {
  const wrong: readonly [object, RegExp][] = [
    [{ name: 3 }, /^other\.json: name must be a text, not 3$/],
    [{ name: undefined }, /name must be a text, not absent/],
    [{ command: [] }, /command is empty/],
    [{ command: 'run me' }, /command must be a list, not "run me"/],
    [{ children: [] }, /children is empty/],
    [{ children: [{ api: '/api/v1' }] }, /children\[0\]\.plural must be a text, not absent/],
    [
      { created: [{ path: 'a', equals: null }] },
      /created\[0\]\.equals must be a text, a number, true or false, not null/,
    ],
    [{ created: [{}] }, /created\[0\]\.path must be a text/],
    [{ ready: {} }, /ready\.url or ready\.line must be a text/],
    [{ scale: { patch: 3 } }, /scale\.patch must be an object, not 3/],
    [{ env: { A: 1 } }, /env\.A must be a text, not 1/],
    [{ childs: [] }, /there is no field "childs"; there are name, command/],
  ];
  for (const [more, message] of wrong) {
    assert.throws(
      () => parse(more),
      (error: unknown) => error instanceof AdapterError && message.test(error.message),
      String(message),
    );
  }
  assert.throws(() => parseAdapter([], 'x.json'), /x\.json: the adapter must be an object, not \[\]/);
});
