import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { InstanceRecord } from '../stage/operator-program.ts';
import type { RunRecord, UseSample } from '../stage/run-record.ts';
import { judge } from './judge.ts';
import { comesToItsEnd, soundProcess } from './process-health.ts';
import { anInstance, aPlan, aRun } from './sample-run.ts';

const good = aRun();
const textsOf = (run: RunRecord) => soundProcess([good, good], run).map(({ text }) => text);
const withInstance = (differently: Partial<InstanceRecord>, run: Partial<RunRecord> = {}) =>
  textsOf(aRun({ ...run, instances: [anInstance(differently)] }));

describe('the end of a process', () => {
  test('that was asked for is fine', () => {
    assert.deepEqual(withInstance({ asked: 'SIGKILL', end: 'SIGKILL' }), []);
    assert.deepEqual(withInstance({ asked: 'SIGTERM', end: 0 }), []);
  });

  test('that nobody asked for is told, with what it printed', () => {
    const stray = ['node:internal/process/promises:394', 'Error: unhandled'];
    const texts = withInstance({ asked: undefined, end: 1, stray });
    assert.match(texts[0] ?? '', /operator 1 ended by itself with 1: node:internal.* \| Error: unhandled/);
  });

  test('by the signal itself is fine before the first line, and not after it', () => {
    const ended = { asked: 'SIGTERM', end: 'SIGTERM' } as const;
    assert.deepEqual(withInstance(ended), []);
    const started = { level: 'info', msg: 'starting', ts: '2026-01-01T00:00:00Z' } as InstanceRecord['lines'][number];
    assert.equal(withInstance({ ...ended, lines: [started] }).length, 1);
  });

  test('in order has the exit code 0', () => {
    assert.match(withInstance({ asked: 'SIGTERM', end: 1 })[0] ?? '', /was to end in order and ended with 1/);
  });
});

describe('what a process says', () => {
  const error = { level: 'error', msg: 'reconcile failed; will try again' };

  test('an error without any fault is told', () => {
    assert.match(withInstance({ lines: [error] })[0] ?? '', /logged: .*will try again/);
  });

  test('an error in a run with a fault is as it should be; a bug never is', () => {
    const plan = aPlan('internal-error');
    assert.deepEqual(withInstance({ lines: [error] }, { plan }), []);
    const bug = { level: 'error', msg: 'reconcile threw something unexpected, which is a bug; will try again' };
    assert.equal(withInstance({ lines: [bug] }, { plan }).length, 1);
  });

  test('that it is denied is no error where its rights are taken away, and one elsewhere', () => {
    const denied = { ...error, error: { code: 'Forbidden' } };
    assert.deepEqual(withInstance({ lines: [denied] }, { losesRights: true }), []);
    assert.equal(withInstance({ lines: [denied] }).length, 1);
    assert.equal(withInstance({ lines: [error] }, { losesRights: true }).length, 1);
  });

  test('anything but its log is told; half a line is what a kill leaves', () => {
    assert.equal(withInstance({ stray: ['(node:7) Warning: listener leak'] }).length, 1);
    assert.deepEqual(withInstance({ stray: ['{"level":"in'] }), []);
    assert.equal(withInstance({ stray: ['{"level":"in'], asked: 'SIGTERM', end: 0 }).length, 1);
  });
});

describe('what a process holds', () => {
  const use = (when: UseSample['when'], descriptors: number, memory = 90e6) => ({
    instance: '1',
    when,
    descriptors,
    memory,
  });

  test('may be a watch more', () => {
    assert.deepEqual(textsOf(aRun({ use: [use('converged', 30), use('calm', 34)] })), []);
  });

  test('that grows with work is told', () => {
    assert.deepEqual(textsOf(aRun({ use: [use('converged', 30), use('calm', 60)] })), [
      'operator 1 held 30 descriptors, and then 60',
    ]);
  });

  test('half a gigabyte is told', () => {
    assert.match(textsOf(aRun({ use: [use('calm', 30, 600e6)] }))[0] ?? '', /takes 572 MiB/);
  });

  test('of another instance is not compared', () => {
    assert.deepEqual(textsOf(aRun({ use: [use('converged', 10), { ...use('calm', 60), instance: '2' }] })), []);
  });
});

test('a run that is stuck says what it waited for', () => {
  const stuck = 'waited 150 s for weather: settled, in vain';
  assert.deepEqual(comesToItsEnd([good, good], aRun({ stuck })), [{ oracle: 'O10', text: stuck }]);
});

test('a good run passes every oracle', () => {
  assert.deepEqual(judge([good, good], good), []);
});
