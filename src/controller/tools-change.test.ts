import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { tool } from '../../test/support/probe-results.ts';
import { reportOn } from '../../test/support/verified-snapshots.ts';
import type { MCPServerStatus } from '../api/v1alpha1/mcp-server.ts';
import { summarise, type ToolsSummary } from '../mcp/tools.ts';
import { type KnownTools, toolsChange } from './tools-change.ts';

const of = (...names: string[]) => summarise(names.map((name) => tool(name)));
const many = (count: number, prefix: string) =>
  of(...Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(3, '0')}`));
const shown = ({ count, names, hash }: ToolsSummary): MCPServerStatus => ({
  tools: { count, names: names.slice(0, 64), hash },
});
const known = (summary: ToolsSummary, template = 'abc'): KnownTools => ({ summary, template });
const now = (tools: ToolsSummary | undefined, template = 'abc') => reportOn('a', { tools, template });

const said = (before: ToolsSummary, after: ToolsSummary, memory: KnownTools | undefined = known(before)) =>
  toolsChange(shown(before), memory, now(after))?.message;

describe('no news', () => {
  const tools = of('a', 'b');
  test('the same tools', () => assert.equal(toolsChange(shown(tools), known(tools), now(tools)), undefined));
  test('the first tools of a new server', () => {
    assert.equal(toolsChange(undefined, undefined, now(tools)), undefined);
    assert.equal(toolsChange({}, undefined, now(tools)), undefined);
  });
  test('nothing found', () => assert.equal(toolsChange(shown(tools), known(tools), undefined), undefined));
  test('a server that offers none now', () => {
    assert.equal(toolsChange(shown(tools), known(tools), now(undefined)), undefined);
  });
  test('the same after a restart of the operator', () => {
    assert.equal(toolsChange(shown(tools), undefined, now(tools)), undefined);
  });
});

describe('what changed, by name', () => {
  test('added', () => assert.match(said(of('a'), of('a', 'b', 'c')) ?? '', /: added b, c\.$/));
  test('removed', () => assert.match(said(of('a', 'b'), of('a')) ?? '', /: removed b\.$/));
  test('changed', () => {
    const after = summarise([tool('a', 'Something else'), tool('b')]);
    assert.match(said(of('a', 'b'), after) ?? '', /: changed a\.$/);
  });
  test('all three', () => {
    const after = summarise([tool('a', 'Something else'), tool('new')]);
    assert.equal(said(of('a', 'gone'), after), 'The tools are not what they were: added new; removed gone; changed a.');
  });
  test('ten are named, the others are counted', () => {
    assert.match(said(of('a'), summarise([tool('a'), ...names(12)])) ?? '', /added t00, .*, t09 and 2 more\.$/);
  });
  test('exactly ten are named', () => {
    assert.match(said(of('a'), summarise([tool('a'), ...names(10)])) ?? '', /t09\.$/);
  });
});

function names(count: number) {
  return Array.from({ length: count }, (_, index) => tool(`t${String(index).padStart(2, '0')}`));
}

describe('after a restart of the operator the names in the status are all there is', () => {
  const change = (before: ToolsSummary, after: ToolsSummary) =>
    toolsChange(shown(before), undefined, now(after))?.message ?? '';

  test('added and removed', () => assert.match(change(of('a', 'b'), of('a', 'c')), /: added c; removed b\.$/));
  test('a definition', () => {
    const after = summarise([tool('a', 'Something else')]);
    assert.match(change(of('a'), after), /: some of their definitions have changed\.$/);
  });
  test('more than the status names: none is said to be added that may have been there', () => {
    const before = many(70, 'a');
    const after = many(71, 'a');
    assert.match(change(before, after), /: some of their definitions have changed\.$/);
  });
  test('what was named and is gone is told all the same', () => {
    assert.match(change(many(70, 'a'), of('a001')), /: removed a000, a002, .* and 53 more\.$/);
  });
  test('a memory of something else than what the status shows is not used', () => {
    const stale = known(of('x'));
    assert.match(toolsChange(shown(of('a')), stale, now(of('a', 'b')))?.message ?? '', /: added b\.$/);
  });
});

describe('whose doing it is', () => {
  const [before, after] = [of('a'), of('a', 'b')];
  test('the same image offers other tools: a warning', () => {
    const { type, reason, message } = toolsChange(shown(before), known(before), now(after)) ?? {};
    assert.deepEqual([type, reason], ['Warning', 'ToolsChanged']);
    assert.doesNotMatch(message ?? '', /rollout/);
  });
  test('a new image does: as it should be', () => {
    const { type, message } = toolsChange(shown(before), known(before, 'old'), now(after, 'next')) ?? {};
    assert.equal(type, 'Normal');
    assert.match(message ?? '', /^The tools are not what they were before this rollout: added b\.$/);
  });
  test('nobody knows after a restart: better one warning too many', () => {
    assert.equal(toolsChange(shown(before), undefined, now(after, 'next'))?.type, 'Warning');
  });
});
