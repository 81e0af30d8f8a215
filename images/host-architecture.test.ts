import assert from 'node:assert/strict';
import { it } from 'node:test';
import { hostArchitecture } from './host-architecture.ts';

it("the machine is named in OCI's words", () => {
  assert.equal(hostArchitecture('x64'), 'amd64');
  assert.equal(hostArchitecture('arm64'), 'arm64');
});

it('a machine that is not known is refused by name', () => {
  assert.throws(() => hostArchitecture('riscv64'), {
    code: 'HostUnsupported',
    message: /for riscv64: only x64 and arm64/,
  });
});
