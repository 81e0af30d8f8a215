import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ImageError } from '../image-error.ts';
import { checkToolVersion } from './tool-version.ts';

const go = (atLeast: string) => ({ name: 'Go', atLeast, fix: 'install it from https://go.dev/dl' });

describe('checkToolVersion', () => {
  const enough: readonly [said: string, atLeast: string][] = [
    ['go1.26.8', '1.25'],
    ['go1.25', '1.25'],
    ['go1.25.0', '1.25'],
    ['go1.25', '1.25.0'],
    ['go2.0', '1.25'],
    ['rustc 1.95.0 (59807616e 2026-04-14)', '1.88'],
    ['3.10', '3.10'],
    ['3.100', '3.10'],
    ['go1.27rc1', '1.25'],
  ];
  for (const [said, atLeast] of enough) {
    it(`takes ${said} for ${atLeast}`, () => checkToolVersion(go(atLeast), said));
  }

  const tooOld: readonly [said: string, atLeast: string, found: string][] = [
    ['go1.24.9', '1.25', '1.24.9'],
    ['go1.9', '1.25', '1.9'],
    ['3.9', '3.10', '3.9'],
    ['rustc 1.87.0 (17067e9ac 2025-05-09)', '1.88', '1.87.0'],
    ['go1.25.1', '1.25.2', '1.25.1'],
    ['0.99', '1.0', '0.99'],
  ];
  for (const [said, atLeast, found] of tooOld) {
    it(`does not take ${said} for ${atLeast}, and says what to do`, () => {
      assert.throws(
        () => checkToolVersion(go(atLeast), said),
        (thrown) => {
          assert.ok(thrown instanceof ImageError);
          assert.equal(thrown.code, 'ToolMissing');
          const needed = `Go ${atLeast} or newer is needed, here is ${found}: install it from https://go.dev/dl`;
          assert.equal(thrown.message, needed);
          return true;
        },
      );
    });
  }

  it('repeats what says no version', () => {
    assert.throws(
      () => checkToolVersion(go('1.25'), 'devel'),
      (thrown) => thrown instanceof ImageError && thrown.code === 'ToolMissing' && /says "devel"/.test(thrown.message),
    );
  });
});
