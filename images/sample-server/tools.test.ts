import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { describe, it } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { sampleServer, type ToolContext } from './tools.ts';

/** The official client, connected to the tools without a network. */
async function connected(context: ToolContext): Promise<Client> {
  const [near, far] = InMemoryTransport.createLinkedPair();
  const client = new Client({ name: 'test', version: '1' });
  await Promise.all([sampleServer(context).connect(far), client.connect(near)]);
  return client;
}

const context: ToolContext = { greeting: 'Hello', host: 'weather-7d4b9-x2x' };
const call = async (name: string, args: Record<string, unknown>, given = context) =>
  (await connected(given)).callTool({ name, arguments: args });

describe('the tools', () => {
  it('are four, in a steady order, each described', async () => {
    const { tools } = await (await connected(context)).listTools();
    assert.deepEqual(
      tools.map(({ name }) => name),
      ['echo', 'add', 'greet', 'whoami'],
    );
    for (const tool of tools) assert.ok(tool.description !== undefined && tool.description.length > 10, tool.name);
  });

  it('say that they change nothing', async () => {
    const { tools } = await (await connected(context)).listTools();
    for (const { name, annotations } of tools) {
      assert.deepEqual(annotations, { readOnlyHint: true, openWorldHint: false }, name);
    }
  });

  it('echo says back what it is told', async () => {
    const message = 'Zażółć "gęślą"\n日本';
    assert.deepEqual(await call('echo', { message }), { content: [{ type: 'text', text: message }] });
  });

  it('add adds, as text and as data', async () => {
    const result = await call('add', { a: 2, b: -0.5 });
    assert.deepEqual(result, { content: [{ type: 'text', text: '1.5' }], structuredContent: { sum: 1.5 } });
  });

  it('add refuses what is not a number, naming the field', async () => {
    const result = await call('add', { a: 'two', b: 1 });
    assert.equal(result.isError, true);
    assert.match(JSON.stringify(result.content), /expected number, received string at a"/);
  });

  it('greet uses the word from the Secret', async () => {
    assert.deepEqual(await call('greet', { name: 'World' }), { content: [{ type: 'text', text: 'Hello, World!' }] });
  });

  it('greet says what to do when the Secret was not injected', async () => {
    const result = await call('greet', { name: 'World' }, { greeting: undefined });
    assert.equal(result.isError, true);
    assert.match(JSON.stringify(result.content), /GREETING is not set: .*spec\.secretName/);
  });

  it('greet works with an empty word', async () => {
    assert.deepEqual(await call('greet', { name: 'World' }, { greeting: '' }), {
      content: [{ type: 'text', text: ', World!' }],
    });
  });

  it('whoami names the host that it is given', async () => {
    assert.deepEqual(await call('whoami', {}), {
      content: [{ type: 'text', text: 'weather-7d4b9-x2x' }],
      structuredContent: { hostname: 'weather-7d4b9-x2x' },
    });
  });

  it('whoami names the machine otherwise', async () => {
    const result = await call('whoami', {}, { greeting: undefined });
    assert.deepEqual(result.structuredContent, { hostname: hostname() });
  });

  it('an unknown tool is an error, not an answer', async () => {
    const result = await call('no-such-tool', {});
    assert.equal(result.isError, true);
    assert.match(JSON.stringify(result.content), /no-such-tool/);
  });
});
