import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { recordedKubectl } from '../test/support/recorded-kubectl.ts';
import { installCrd, uninstallCrd } from './crd-install.ts';

function printer() {
  const lines: string[] = [];
  return { lines, print: (line: string) => lines.push(line) };
}

describe('installing the CRD', () => {
  it('applies the generated file, then waits until it is served', async () => {
    const kubectl = recordedKubectl();
    await installCrd(kubectl, () => undefined);
    assert.deepEqual(kubectl.calls, [
      'apply --server-side --force-conflicts --filename config/crd/bases',
      'wait --for=condition=Established crd/mcpservers.mcp.mcp.dev --timeout=60s',
    ]);
  });

  it('says what comes next', async () => {
    const { lines, print } = printer();
    await installCrd(recordedKubectl(), print);
    assert.match(lines.join('\n'), /next: make run/);
  });

  it('does not wait for what could not be applied', async () => {
    const kubectl = recordedKubectl({ failing: /^apply/ });
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
