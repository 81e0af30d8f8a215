import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { ImageError } from '../image-error.ts';

/** Takes every program off PATH until the test ends: a machine on which nothing is installed. */
export function emptyPath(t: TestContext): void {
  const { PATH } = process.env;
  process.env.PATH = '/var/empty';
  t.after(() => {
    process.env.PATH = PATH;
  });
}

/** A check for `assert.rejects` and `assert.throws`: a tool is missing, and the message says so. */
export function isMissingTool(says: RegExp): (thrown: unknown) => boolean {
  return (thrown) => {
    assert.ok(thrown instanceof ImageError, String(thrown));
    assert.equal(thrown.code, 'ToolMissing');
    assert.match(thrown.message, says);
    return true;
  };
}
