import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { leavesOf } from './leaves.ts';
import { referenceOf } from './recording-script.ts';
import { sharedPrefix } from './shared-prefix.ts';

const created = `
  # creates weather in $namespace
  watch services
  apply services weather {"spec":{"port":1}}`;

describe('what a workload has in common with another', () => {
  const end = Number.POSITIVE_INFINITY;
  const rows: Readonly<Record<string, readonly [script: string, from: number]>> = {
    everything: [created, end],
    'less than everything': ['# creates weather in $namespace\nwatch services', end],
    'its beginning, until something else is done': [`${created}\n# deletes weather\napply services weather`, 4],
    'its beginning, until something else is written': [
      `# creates weather in $namespace
       watch services
       list pods
       apply services weather {"spec":{"port":2}}`,
      4,
    ],
    'its beginning, until something more is written': [`${created}\napply deployments weather`, 4],
    nothing: ['# upgrades', 1],
  };
  for (const [what, [script, from]] of Object.entries(rows)) {
    it(what, () => assert.equal(sharedPrefix(referenceOf('w', script), referenceOf('base', created)), from));
  }

  it('does not depend on what is another in each run, such as times and uids', () => {
    const run = (time: number, more = '') => `apply services weather {"time":${time},"list":[1${more}]}`;
    const base = referenceOf('base', run(1), run(2));
    assert.equal(sharedPrefix(referenceOf('w', run(3), run(4)), base), end);
    assert.equal(sharedPrefix(referenceOf('w', run(3, ',2'), run(4, ',2')), base), 1);
  });
});

describe('leaves', () => {
  it('are all values that hold no others', () => {
    const document = { a: [1, { 'b/c': null }], 'd~': 'x', e: {}, f: [] };
    assert.deepEqual(
      [...leavesOf(document)],
      [
        ['/a/0', 1],
        ['/a/1/b~1c', null],
        ['/d~0', 'x'],
      ],
    );
    assert.deepEqual([...leavesOf(7)], [['', 7]]);
  });
});
