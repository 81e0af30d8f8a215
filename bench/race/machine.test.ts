import assert from 'node:assert/strict';
import { test } from 'node:test';
import { disturbance, machineText, thisMachine } from './machine.ts';

test('a machine that does something else is told of', () => {
  assert.equal(disturbance({ cores: 4, load: 1 }), undefined);
  assert.match(disturbance({ cores: 2, load: 3.5 }) ?? '', /a load of 3.5 on 2 cores/);
});

test('it is described in one line', () => {
  const machine = { cores: 2, processor: 'X', memory: 8, node: 'v26.0.0', load: 0.1 };
  assert.equal(machineText(machine), '2 cores (X), 8 GiB, Node v26.0.0, load 0.1 before it began');
  assert.ok(thisMachine().cores >= 1 && thisMachine().memory >= 0);
});
