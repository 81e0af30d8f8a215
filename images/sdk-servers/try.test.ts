import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { sdkServerNames } from './catalog.ts';

const program = join(import.meta.dirname, 'try.ts');

/** What it printed and how it ended. */
function tried(...args: readonly string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stdout, stderr });
    });
  });
}

describe('try.ts', () => {
  it('names the servers that there are when it is asked for another, and tries none', async () => {
    const { code, stdout, stderr } = await tried('go-stateless', 'ts-v3');
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.equal(stderr, `error: no server "ts-v3" is made here: use ${sdkServerNames.join(', ')}\n`);
  });
});
