import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tool } from '../../../test/support/probe-results.ts';
import { summarise } from '../tools.ts';
import { createToolsMemory } from './tools-memory.ts';

describe('a memory of tools', () => {
  it('sums up as without it', () => {
    const tools = [tool('b'), tool('a', 'first letter')];
    assert.deepEqual(createToolsMemory().summaryOf(tools), summarise(tools));
  });

  it('does so once for the same list', () => {
    const memory = createToolsMemory();
    const first = memory.summaryOf([tool('a'), tool('b')]);
    assert.equal(memory.summaryOf([tool('a'), tool('b')]), first);
  });

  it('sees every change', () => {
    const memory = createToolsMemory();
    const lists = [[tool('a')], [tool('a', 'other')], [tool('a'), tool('b')], [], [tool('a')]];
    for (const tools of lists) assert.deepEqual(memory.summaryOf(tools), summarise(tools));
  });

  it('takes the same tools in another order for the same', () => {
    const memory = createToolsMemory();
    const { hash } = memory.summaryOf([tool('a'), tool('b')]);
    assert.equal(memory.summaryOf([tool('b'), tool('a')]).hash, hash);
  });
});
