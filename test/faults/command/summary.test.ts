import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FaultKind } from '../plans/plan.ts';
import { faultKinds } from '../plans/plan.ts';
import { type Campaign, countsOf, type RunOutcome } from './outcome.ts';
import { faultRows, summaryLines, summaryMarkdown, withSummary } from './summary.ts';

function run(kind: FaultKind, isGood: boolean, fired = true): RunOutcome {
  const id = `create/x/${kind}`;
  return {
    workload: 'create',
    plan: { id, workload: 'create', kind, number: faultKinds[kind], faults: [], crashes: 0, about: '' },
    findings: isGood ? [] : [{ oracle: 'O1', text: 'a field is another' }],
    fired,
    ms: 1,
    traceFile: undefined,
  };
}

const campaign: Campaign = {
  references: [{ workload: 'create', plan: undefined, findings: [], fired: true, ms: 1, traceFile: undefined }],
  plans: [run('conflict', true), run('conflict', false), run('crash-before', true, false)],
  existing: 900,
  seeds: [
    { seed: 'hash-omitted', caughtBy: 'create, without faults', finding: 'O1 …', runs: 1 },
    { seed: 'stale-reads', caughtBy: undefined, finding: undefined, runs: 40 },
  ],
  fields: [
    { what: 'change {"port":1}', findings: [] },
    { what: 'change {"path":1}', findings: ['nothing has changed'] },
  ],
  ms: 65_000,
};

test('the count has everything that was judged: runs, fields and seeds', () => {
  assert.deepEqual(countsOf(campaign), { passed: 5, failed: 3 });
});

test('plans are summed up by fault, in the order of the list, with those whose fault did not come', () => {
  assert.deepEqual(faultRows(campaign.plans), [
    { fault: 'F1 crash-before', plans: 1, failed: 0, notDone: 1 },
    { fault: 'F6 conflict', plans: 2, failed: 1, notDone: 0 },
  ]);
});

describe('the summary on a terminal', () => {
  const lines = summaryLines(campaign);

  test('ends with the plain count, after the time', () => {
    assert.deepEqual(lines.slice(-2), ['took 1 min 05 s', '5 passed, 3 failed']);
  });

  test('says how many of how many plans were run', () => {
    assert.ok(lines.includes('  3 of 900 plans, 1 runs without faults'), lines.join('\n'));
  });

  test('names each seed with what has caught it, or that nothing has', () => {
    const text = lines.join('\n');
    assert.match(text, /hash-omitted +caught by create, without faults/);
    assert.match(text, /stale-reads +NOT CAUGHT in 40 runs/);
  });

  test('leaves out what was not run', () => {
    const text = summaryLines({ ...campaign, plans: [], seeds: [], fields: [] }).join('\n');
    assert.doesNotMatch(text, /by fault|seeded|fields/);
  });
});

describe('the summary in a document', () => {
  const summary = summaryMarkdown(campaign, new Date('2026-03-04T05:06:07Z'));
  const document = `# Reliability\n\n${summary}\n\nThe end.\n`;

  test('has the date, the count and both tables', () => {
    assert.match(summary, /Run on 2026-03-04, in 1 min 05 s: \*\*5 passed, 3 failed\*\*/);
    assert.match(summary, /\| F6 conflict \| 2 \| 1 \| 0 \|/);
    assert.match(summary, /\| stale-reads \| \*\*not caught\*\* \|/);
  });

  test('replaces the one before, and nothing else', () => {
    const next = summaryMarkdown({ ...campaign, ms: 1_000 }, new Date(0));
    const replaced = withSummary(document, next);
    assert.equal(replaced, `# Reliability\n\n${next}\n\nThe end.\n`);
    assert.equal(withSummary(replaced, summary), document);
  });

  test('is refused where there is no place for it', () => {
    assert.throws(() => withSummary('# Nothing\n', summary), /there is no place for the summary/);
  });
});
