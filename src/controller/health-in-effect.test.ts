import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aVerifiedServer, aVerifiedSnapshot, failureOf, reportOn } from '../../test/support/verified-snapshots.ts';
import type { MCPServerSpec, MCPServerStatus } from '../api/v1alpha1/mcp-server.ts';
import type { PodReport } from '../mcp/verify/report.ts';
import { type HealthInEffect, healthInEffect } from './health-in-effect.ts';

type HealthType = MCPServerSpec['health']['type'];

const health = (type: HealthType) => ({ ...aVerifiedServer().spec.health, type });
const image = 'example.com/weather:1.0';

interface Row {
  readonly type: HealthType;
  readonly reports?: readonly PodReport[];
  readonly known?: MCPServerStatus['health'];
  readonly disabled?: boolean;
  readonly comesTo: HealthInEffect;
}

const rows: Readonly<Record<string, Row>> = {
  'HTTP is HTTP, whatever a pod serves': {
    type: 'HTTP',
    reports: [reportOn('a', { servesHealth: false })],
    comesTo: { type: 'HTTP' },
  },
  'TCP is TCP': { type: 'TCP', reports: [reportOn('a', { servesHealth: false })], comesTo: { type: 'TCP' } },
  'MCP is MCP, and no image showed it': { type: 'MCP', comesTo: { type: 'MCP' } },
  'Auto begins with HTTP': { type: 'Auto', reports: [], comesTo: { type: 'HTTP' } },
  'Auto stays HTTP where the path is served': {
    type: 'Auto',
    reports: [reportOn('a', { servesHealth: true })],
    comesTo: { type: 'HTTP' },
  },
  'Auto stays HTTP while nobody knows': {
    type: 'Auto',
    reports: [reportOn('a'), failureOf('b')],
    comesTo: { type: 'HTTP' },
  },
  'Auto becomes MCP where the path is not served': {
    type: 'Auto',
    reports: [reportOn('a', { servesHealth: false })],
    comesTo: { type: 'MCP', image },
  },
  'one pod is enough': {
    type: 'Auto',
    reports: [reportOn('a', { servesHealth: true }), reportOn('b', { servesHealth: false })],
    comesTo: { type: 'MCP', image },
  },
  'a server that wants credentials answers too': {
    type: 'Auto',
    reports: [reportOn('a', { verdict: 'AuthRequired', standing: 'Unknown', servesHealth: false })],
    comesTo: { type: 'MCP', image },
  },
  'Auto stays MCP, by the image that showed it': {
    type: 'Auto',
    known: { type: 'MCP', image: 'example.com/weather:0.9' },
    reports: [],
    comesTo: { type: 'MCP', image: 'example.com/weather:0.9' },
  },
  'Auto stays MCP even when a later image serves the path': {
    type: 'Auto',
    known: { type: 'MCP', image: 'example.com/weather:0.9' },
    reports: [reportOn('a', { servesHealth: true })],
    comesTo: { type: 'MCP', image: 'example.com/weather:0.9' },
  },
  'a MCP that the user had asked for before is not what Auto found': {
    type: 'Auto',
    known: { type: 'MCP' },
    reports: [],
    comesTo: { type: 'HTTP' },
  },
  'without verification nobody finds out: Auto is HTTP': {
    type: 'Auto',
    known: { type: 'MCP', image },
    disabled: true,
    comesTo: { type: 'HTTP' },
  },
  'what the user says undoes what Auto found': {
    type: 'HTTP',
    known: { type: 'MCP', image },
    comesTo: { type: 'HTTP' },
  },
};

describe('healthInEffect', () => {
  for (const [what, { type, reports = [], known, disabled = false, comesTo }] of Object.entries(rows)) {
    test(what, () => {
      const verify = { interval: '30s', timeout: '5s', ...(disabled ? { disabled } : {}) };
      const spec = { health: health(type), verify };
      const server = aVerifiedServer(spec, known === undefined ? undefined : { health: known });
      assert.deepEqual(healthInEffect(aVerifiedSnapshot({ server, reports })), comesTo);
    });
  }

  test('what it comes to, once shown, is what it comes to without a report', () => {
    const server = aVerifiedServer({ health: health('Auto') });
    const found = healthInEffect(aVerifiedSnapshot({ server, reports: [reportOn('a', { servesHealth: false })] }));
    const shown = aVerifiedServer({ health: health('Auto'), image: 'example.com/weather:2.0' }, { health: found });
    assert.deepEqual(healthInEffect(aVerifiedSnapshot({ server: shown, reports: [] })), found);
  });
});
