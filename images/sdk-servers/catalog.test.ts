import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { catalog } from '../catalog.ts';
import { parseReference } from '../reference.ts';
import { isSdkServerName, sdkImages, sdkServerNames, sdkServers } from './catalog.ts';

const servers = Object.entries(sdkServers);

describe('the servers on the official SDKs', () => {
  it('are those of every official SDK, in every era', () => {
    const images = new Set(servers.map(([, { image }]) => image));
    assert.deepEqual([...images].sort(), Object.keys(sdkImages).sort());
    const eras = new Set(servers.map(([, { finds }]) => finds.era));
    assert.deepEqual([...eras].sort(), ['http+sse', 'legacy', 'modern']);
    const transports = new Set(servers.map(([, { transport }]) => transport));
    assert.deepEqual([...transports].sort(), ['SSE', 'StreamableHTTP']);
  });

  it('are told apart by their names, and by what they are started with', () => {
    assert.deepEqual([...sdkServerNames], Object.keys(sdkServers));
    const starts = new Set(servers.map(([, { image, args }]) => JSON.stringify([image, args])));
    assert.equal(starts.size, servers.length);
  });

  it('have names that Kubernetes takes for a Service (RFC 1035)', () => {
    for (const name of sdkServerNames) assert.match(name, /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/);
  });

  it('say the version of their SDK', () => {
    for (const [name, { sdk }] of servers) assert.match(sdk, / \d+\.\d+\.\d+$/, name);
  });

  it('are spoken to at a path that goes with the transport', () => {
    for (const [name, { path, transport, finds }] of servers) {
      assert.equal(path, transport === 'SSE' ? '/sse' : '/mcp', name);
      assert.equal(finds.era === 'http+sse', transport === 'SSE', name);
    }
  });

  it('have sessions in the mode that keeps them, for clients of an earlier era at least', () => {
    for (const [name, { args, finds }] of servers) {
      const keeps: readonly string[] = ['stateful', 'streamableHttp', 'sse'];
      assert.equal(finds.stateful, keeps.includes(args[0]), name);
    }
  });

  it('do not take what every object has for a server', () => {
    for (const name of ['toString', 'constructor', '__proto__', '', 'ts-v3'])
      assert.equal(isSdkServerName(name), false);
  });
});

describe('their images', () => {
  it('can be named as images', () => {
    for (const name of Object.keys(sdkImages)) {
      assert.equal(parseReference(`smooth-operator/${name}:dev`).familiar, `smooth-operator/${name}:dev`);
    }
  });

  it('take no name of the other catalog, but for the one that is the same', () => {
    const both = Object.entries(sdkImages).filter(([name]) => Object.hasOwn(catalog, name));
    assert.deepEqual(both, [['server-everything', catalog['server-everything'].recipe]]);
  });
});
