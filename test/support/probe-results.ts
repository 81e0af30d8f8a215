import type { Tool } from '../../src/mcp/tools.ts';
import type { ProbeFailed, ProbePassed, ServerFacts } from '../../src/mcp/verdict.ts';
import { standingOf } from '../../src/mcp/verdict.ts';
import type { PodReport } from '../../src/mcp/verify/report.ts';

/** Results and reports of probes, for tests that need one without a server. */

/** What a server has told that a test does not care for. */
export const facts: ServerFacts = {
  era: 'legacy',
  protocolVersion: '2025-11-25',
  name: 'plain',
  version: '0.1.0',
  capabilities: ['tools'],
  stateful: true,
};

/** A tool with a description. */
export const tool = (name: string, description = `${name}s`): Tool => ({
  name,
  description,
  inputSchema: { type: 'object' },
});

const released = Promise.resolve({ sessions: 0, sessionsLeft: 0 });

/** A probe that passed. */
export function passedProbe(more: Partial<ProbePassed> = {}): ProbePassed {
  return {
    verdict: 'HandshakePassed',
    standing: 'Passed',
    message: 'pod weather-0 speaks MCP 2025-11-25: plain 0.1.0, 1 tool',
    sent: 'POST /mcp tools/list',
    came: 'the answers that MCP asks for',
    fingerprint: 'HandshakePassed | 2025-11-25',
    server: facts,
    tools: [tool('echo')],
    learnt: { era: 'legacy' },
    durationMs: 10,
    released,
    ...more,
  };
}

/** A probe that did not. */
export function failedProbe(more: Partial<ProbeFailed> = {}): ProbeFailed {
  const verdict = more.verdict ?? 'ServerError';
  const standing = standingOf(verdict);
  return {
    verdict,
    standing: standing === 'Passed' ? 'Failed' : standing,
    message: `pod weather-0: POST /mcp initialize got ${verdict}`,
    sent: 'POST /mcp initialize',
    came: verdict,
    next: 'look at it',
    fingerprint: `${verdict} | POST /mcp initialize`,
    status: undefined,
    retryAfterMs: undefined,
    server: undefined,
    learnt: undefined,
    durationMs: 10,
    released,
    ...more,
  };
}

/** A report of a pod that passed, or of whatever `more` says. */
export function podReport(more: Partial<PodReport> = {}): PodReport {
  const { verdict, standing, message, fingerprint, server } = passedProbe();
  return {
    podUid: 'uid-0',
    pod: 'weather-0',
    template: 'abc',
    verdict,
    standing,
    message,
    fingerprint,
    server,
    tools: undefined,
    servesHealth: undefined,
    ...more,
  };
}
