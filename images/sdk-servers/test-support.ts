import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { ProbeFailed, ProbePassed } from '../../src/mcp/verdict.ts';
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

/**
 * Puts a shell script first on PATH until the test ends: a tool that does what the test wants, without its registry.
 *
 * @param dir an empty directory
 * @param script what it does; its arguments are `"$@"`
 */
export async function pretendTool(t: TestContext, dir: string, name: string, script: string): Promise<void> {
  await writeFile(join(dir, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const { PATH } = process.env;
  if (PATH?.startsWith(`${dir}:`)) return;
  process.env.PATH = `${dir}:${PATH}`;
  t.after(() => {
    process.env.PATH = PATH;
  });
}

const report = {
  sent: 'POST /mcp initialize',
  came: 'the answers',
  fingerprint: 'x',
  durationMs: 41.6,
  learnt: undefined,
  released: Promise.resolve({ sessions: 1, sessionsLeft: 0 }),
  message: 'pod trial: what came back',
};

/** A probe that passed, of a server that is `sdk-go` with sessions. */
export const passed: ProbePassed = {
  ...report,
  verdict: 'HandshakePassed',
  standing: 'Passed',
  server: {
    era: 'legacy',
    protocolVersion: '2025-11-25',
    name: 'sdk-go',
    version: '1.0.0',
    capabilities: ['tools'],
    stateful: true,
  },
  tools: [
    { name: 'echo', inputSchema: {} },
    { name: 'add', inputSchema: {} },
  ],
};

/** A probe whose Host was refused, as Python's SDK does. */
export const refused: ProbeFailed = {
  ...report,
  verdict: 'Refused',
  standing: 'Failed',
  next: 'allow it',
  server: undefined,
  status: 421,
  retryAfterMs: undefined,
};
