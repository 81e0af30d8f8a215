import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { recordedKubectl } from '../test/support/recorded-kubectl.ts';
import { installCrd, uninstallCrd } from './crd-install.ts';

function printer() {
  const lines: string[] = [];
  return { lines, print: (line: string) => lines.push(line) };
}

/** A kubectl whose cluster serves the CRD from the nth time on that it is asked. */
function served(after = 1, options: Parameters<typeof recordedKubectl>[0] = {}) {
  const kubectl = recordedKubectl(options);
  let asked = 0;
  return {
    ...kubectl,
    async ask(...args: string[]) {
      const answer = await kubectl.ask(...args);
      if (!args.includes('crd/mcpservers.mcp.mcp.dev')) return answer;
      asked += 1;
      return { ...answer, stdout: asked >= after ? 'True' : '' };
    },
  };
}

describe('installing the CRD', () => {
  const established =
    'get crd/mcpservers.mcp.mcp.dev --output jsonpath={.status.conditions[?(@.type=="Established")].status}';

  it('applies the generated file, then waits until it is served', async () => {
    const kubectl = served();
    await installCrd(kubectl, () => undefined);
    assert.deepEqual(kubectl.calls, ['apply --server-side --force-conflicts --filename config/crd/bases', established]);
  });

  it('asks again while the API server has not said so yet', async () => {
    const kubectl = served(3);
    await installCrd(kubectl, () => undefined);
    assert.equal(kubectl.calls.filter((call) => call === established).length, 3);
  });

  it('says what comes next', async () => {
    const { lines, print } = printer();
    await installCrd(served(), print);
    assert.match(lines.join('\n'), /next: make run/);
  });

  it('does not wait for what could not be applied', async () => {
    const kubectl = served(1, { failing: /^apply/ });
    await assert.rejects(
      installCrd(kubectl, () => undefined),
      { code: 'CommandFailed' },
    );
    assert.equal(kubectl.calls.length, 1);
  });
});

describe('removing the CRD', () => {
  it('removes it, and does not mind when it is not there', async () => {
    const kubectl = recordedKubectl();
    const { lines, print } = printer();
    await uninstallCrd(kubectl, print);
    assert.equal(kubectl.calls.at(-1), 'delete --ignore-not-found --filename config/crd/bases');
    assert.deepEqual(lines, []);
  });

  it('says how many MCPServers go with it, before they go', async () => {
    const kubectl = recordedKubectl({ answers: [[/^get/, { stdout: 'a\nb\nc\n' }]] });
    const { lines, print } = printer();
    await uninstallCrd(kubectl, (line) => {
      assert.ok(!kubectl.calls.some((call) => call.startsWith('delete')));
      print(line);
    });
    assert.deepEqual(lines, ['removing 3 MCPServers with the CRD, and all that they run']);
  });
});
