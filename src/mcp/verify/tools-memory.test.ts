import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tool } from '../../../test/support/probe-results.ts';
import { summarise } from '../tools.ts';
import { createToolsShelf } from './tools-memory.ts';

const createToolsMemory = () => createToolsShelf().memory();

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

describe('a shelf of tools', () => {
  it('has one summary for all pods with the same tools, for as long as one of them has it', () => {
    const shelf = createToolsShelf();
    const [a, b] = [shelf.memory(), shelf.memory()];
    const first = a.summaryOf([tool('a')]);
    assert.equal(b.summaryOf([tool('a')]), first);
    assert.equal(shelf.size, 1);
    b.summaryOf([tool('b')]);
    assert.equal(shelf.size, 2);
    a.forget();
    assert.equal(shelf.size, 1);
    assert.deepEqual(a.summaryOf([tool('b')]), summarise([tool('b')]));
    b.forget();
    b.forget();
    assert.equal(shelf.size, 1, 'to forget twice takes nothing from the other');
    a.forget();
    assert.equal(shelf.size, 0);
  });

  it('does not grow with the lists that a pod has had', () => {
    const shelf = createToolsShelf();
    const memory = shelf.memory();
    for (let count = 0; count < 50; count += 1) memory.summaryOf([tool(`t${count}`)]);
    assert.equal(shelf.size, 1);
  });
});
