import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { checkJsonCost } from './json-cost.ts';
import { McpError } from './mcp-error.ts';

const tooLarge = (pattern: RegExp) => (error: unknown) =>
  error instanceof McpError && error.code === 'TooLarge' && pattern.test(error.message);

describe('the cost of JSON', () => {
  it('is fine for anything that people write', () => {
    fc.assert(fc.property(fc.json(), (text) => checkJsonCost(text)));
  });

  it('is fine for what is not JSON: the parser tells', () => {
    for (const text of ['', '}}}]]]', '{"', '"\\', '[,,,', ':::', '"\\"\\\\"x']) checkJsonCost(text);
  });

  it('has a limit of depth', () => {
    checkJsonCost(`${'['.repeat(200)}${']'.repeat(200)}`);
    checkJsonCost('[{"a":[]}]'.repeat(1_000));
    assert.throws(() => checkJsonCost('['.repeat(201)), tooLarge(/nested deeper than 200/));
    assert.throws(() => checkJsonCost('{"a":'.repeat(201)), tooLarge(/nested deeper than 200/));
  });

  const members = (count: number) => `{${Array.from({ length: count }, (_, index) => `"${index}":0`).join()}}`;

  it('has a limit of members, each object for itself', () => {
    checkJsonCost(`[${members(2_000)},${members(2_000)}]`);
    checkJsonCost(`{"a":${members(2_000)},"b":${members(1_999)}}`);
    assert.throws(() => checkJsonCost(members(2_001)), tooLarge(/more than 2000 members/));
    assert.throws(() => checkJsonCost(`{"a":[${members(2_001)}]}`), tooLarge(/more than 2000 members/));
  });

  it('has a limit of values', () => {
    checkJsonCost(`[${'0,'.repeat(500_000)}0]`);
    assert.throws(() => checkJsonCost(`[${'0,'.repeat(600_000)}0]`), tooLarge(/more than 600000 values/));
    assert.throws(() => checkJsonCost('[]'.repeat(600_001)), tooLarge(/more than 600000 values/));
  });

  it('does not count what stands in strings', () => {
    const inside = '[{,:}]'.repeat(200_000);
    checkJsonCost(JSON.stringify({ [inside]: inside, quotes: '"'.repeat(1_000), slashes: '\\'.repeat(1_001) }));
  });

  it('finds the end of any string', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const open = '['.repeat(201);
        assert.throws(() => checkJsonCost(JSON.stringify(text) + open), McpError);
      }),
    );
  });
});
