import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { openKeptTurns } from './kept-turns.ts';
import type { TurnResult } from './phase-result.ts';

const rules = { phases: 'burst', singles: 200, programs: 'a1' };
const turn = (contestant: string, servers: number, run: number): TurnResult => ({
  contestant,
  servers,
  run,
  phases: {},
});

describe('openKeptTurns', () => {
  it('goes on with what was there when the last one ended', async (t) => {
    const dir = join(await temporaryDirectory(t), 'bench');
    const file = join(dir, 'turns.json');
    const first = await openKeptTurns({ file, rules, resume: false });
    await first.add(turn('floor', 500, 1));
    await first.add(turn('operator', 500, 1));

    const again = await openKeptTurns({ file, rules, resume: true });
    assert.deepEqual(again.turns(), [turn('floor', 500, 1), turn('operator', 500, 1)]);
    assert.ok(again.has(turn('floor', 500, 1)));
    for (const other of [turn('floor', 500, 2), turn('floor', 2_000, 1), turn('other', 500, 1)]) {
      assert.ok(!again.has(other), JSON.stringify(other));
    }
    await again.add(turn('floor', 500, 2));
    assert.equal((await openKeptTurns({ file, rules, resume: true })).turns().length, 3);
    assert.deepEqual(await readdir(dir), ['turns.json'], 'nothing is left beside it');
  });

  it('begins anew unless it is told to go on, and not before there is something to keep', async (t) => {
    const file = join(await temporaryDirectory(t), 'turns.json');
    await (await openKeptTurns({ file, rules, resume: false })).add(turn('floor', 500, 1));
    const anew = await openKeptTurns({ file, rules, resume: false });
    assert.deepEqual(anew.turns(), []);
    assert.equal((await openKeptTurns({ file, rules, resume: true })).turns().length, 1, 'still there');
    await anew.add(turn('operator', 9, 1));
    assert.deepEqual((await openKeptTurns({ file, rules, resume: true })).turns(), [turn('operator', 9, 1)]);
  });

  it('only remembers them without a file', async () => {
    const kept = await openKeptTurns({ file: undefined, rules, resume: false });
    await kept.add(turn('floor', 500, 1));
    assert.deepEqual(kept.turns(), [turn('floor', 500, 1)]);
    assert.ok(kept.has(turn('floor', 500, 1)));
  });

  it('says so when there is nothing to go on with', async (t) => {
    const file = join(await temporaryDirectory(t), 'turns.json');
    await assert.rejects(openKeptTurns({ file, rules, resume: true }), {
      name: 'RangeError',
      message: `--resume: no race was interrupted: ${file} is not there. Begin one, without --resume.`,
    });
  });

  it('mixes no two races', async (t) => {
    const file = join(await temporaryDirectory(t), 'turns.json');
    await (await openKeptTurns({ file, rules, resume: false })).add(turn('floor', 500, 1));
    const changed = { ...rules, programs: 'b2' };
    await assert.rejects(openKeptTurns({ file, rules: changed, resume: true }), {
      name: 'RangeError',
      message: /^--resume: programs was a1 in the race that was interrupted, and is b2 now\. .* begin anew/,
    });
  });

  it('does not hide a file that is broken', async (t) => {
    const file = join(await temporaryDirectory(t), 'turns.json');
    await writeFile(file, '{"turns":');
    await assert.rejects(openKeptTurns({ file, rules, resume: true }), SyntaxError);
  });
});
