import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { facts, failedProbe, passedProbe, podReport, tool } from '../../../test/support/probe-results.ts';
import { summarise } from '../tools.ts';
import { faultReport, type PodReport, reportOf, sameReport } from './report.ts';

const pod = { uid: 'uid-0', pod: 'weather-0', template: 'abc' };

describe('the report of a probe', () => {
  it('has the facts of one that passed', () => {
    assert.deepEqual(reportOf(pod, passedProbe(), summarise([tool('echo')]), true), {
      podUid: 'uid-0',
      pod: 'weather-0',
      template: 'abc',
      verdict: 'HandshakePassed',
      standing: 'Passed',
      message: 'pod weather-0 speaks MCP 2025-11-25: plain 0.1.0, 1 tool',
      fingerprint: 'HandshakePassed | 2025-11-25',
      server: facts,
      tools: summarise([tool('echo')]),
      servesHealth: true,
    } satisfies PodReport);
  });

  it('has the words of one that failed, and no tools', () => {
    const report = reportOf(pod, failedProbe({ server: facts }), undefined, undefined);
    assert.equal(report?.standing, 'Failed');
    assert.equal(report.verdict, 'ServerError');
    assert.match(report.message, /got ServerError/);
    assert.equal(report.server, facts, 'what it had told before it failed');
    assert.equal(report.tools, undefined);
  });

  it('tells no tools from an empty list of them', () => {
    assert.equal(reportOf(pod, passedProbe(), undefined, undefined)?.tools, undefined);
    assert.equal(reportOf(pod, passedProbe(), summarise([]), undefined)?.tools?.count, 0);
  });

  it('is Unknown for who wants credentials', () => {
    assert.equal(reportOf(pod, failedProbe({ verdict: 'AuthRequired' }), undefined, undefined)?.standing, 'Unknown');
  });

  it('of a probe that did not come about says why, and nothing of the pod', () => {
    const first = faultReport(pod, 'pod weather-0: no socket after 3 tries');
    assert.equal(first.standing, 'None');
    assert.equal(first.verdict, 'ProbeError');
    assert.equal(first.server, undefined);
    assert.equal(first.servesHealth, undefined);
    assert.ok(sameReport(first, faultReport(pod, 'pod weather-0: no socket after 4 tries')));
    assert.ok(!sameReport(first, faultReport(pod, 'pod weather-0: the right to get secrets is missing')));
  });

  it('has nothing in it that differs from probe to probe', () => {
    const first = reportOf(pod, passedProbe({ durationMs: 1 }), undefined, undefined);
    const second = reportOf(pod, passedProbe({ durationMs: 900 }), undefined, undefined);
    assert.deepEqual(first, second);
  });
});

describe('two reports', () => {
  const tools = summarise([tool('echo')]);
  const base = podReport({ tools, servesHealth: true });

  it('say the same when the facts are the same', () => {
    assert.equal(sameReport(base, podReport({ tools: summarise([tool('echo')]), servesHealth: true })), true);
    assert.equal(sameReport(base, { ...base, server: { ...facts } }), true);
  });

  it('say the same in other words', () => {
    assert.equal(sameReport(base, { ...base, message: 'something else' }), true);
  });

  const differences: readonly (readonly [string, Partial<PodReport>])[] = [
    ['another pod', { podUid: 'uid-1' }],
    ['another template', { template: 'def' }],
    ['another finding', { fingerprint: 'ServerError' }],
    ['another standing', { standing: 'Failed' }],
    ['other tools', { tools: summarise([tool('echo', 'Does something else now')]) }],
    ['no tools', { tools: undefined }],
    ['a health path that is not served', { servesHealth: false }],
    ['nothing known of the health path', { servesHealth: undefined }],
    ['no server', { server: undefined }],
    ['another version of the server', { server: { ...facts, version: '0.2.0' } }],
    ['another name', { server: { ...facts, name: 'fancy' } }],
    ['another revision', { server: { ...facts, protocolVersion: '2025-06-18' } }],
    ['another era', { server: { ...facts, era: 'modern' } }],
    ['other capabilities', { server: { ...facts, capabilities: ['prompts', 'tools'] } }],
    ['sessions', { server: { ...facts, stateful: false } }],
  ];
  for (const [what, difference] of differences) {
    it(`differ by ${what}`, () => {
      assert.equal(sameReport(base, { ...base, ...difference }), false);
      assert.equal(sameReport({ ...base, ...difference }, base), false);
    });
  }

  it('differ when one is missing, and not when both are', () => {
    assert.equal(sameReport(undefined, base), false);
    assert.equal(sameReport(base, undefined), false);
    assert.equal(sameReport(undefined, undefined), true);
  });
});
