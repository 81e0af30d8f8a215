import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { ImageError, type ImageErrorCode } from '../image-error.ts';
import { allowedHosts, buildSdkServer, environmentFor, missingToolchain } from './build-sdk-server.ts';
import { sdkServers } from './catalog.ts';
import { emptyPath } from './test-support.ts';

describe('missingToolchain', () => {
  it('is the reason and the fix when this machine cannot build it', () => {
    for (const code of ['ToolMissing', 'HostUnsupported'] as const) {
      assert.equal(
        missingToolchain(new ImageError(code, 'cargo is not installed: install it')),
        'cargo is not installed: install it',
      );
    }
  });

  it('passes over no other failure', () => {
    const others: readonly ImageErrorCode[] = ['ToolFailed', 'Aborted', 'Io', 'BadEntry', 'UnknownImage', 'Unknown'];
    for (const code of others) assert.equal(missingToolchain(new ImageError(code, 'x')), undefined, code);
    assert.equal(missingToolchain(new Error('x')), undefined);
    assert.equal(missingToolchain('x'), undefined);
  });

  it('is what building a server ends with where its compiler is not installed', async (t) => {
    emptyPath(t);
    const cacheDir = await temporaryDirectory(t);
    for (const name of ['go-stateful', 'rust-stateful', 'python-v1-stateful'] as const) {
      const reason = await buildSdkServer(name, { cacheDir }).then(() => undefined, missingToolchain);
      assert.match(reason ?? '', /is not installed: /, name);
    }
  });
});

describe('allowedHosts', () => {
  it('is the name with any port where the SDK compares the port, and the bare name elsewhere', () => {
    const host = 'x.default.svc';
    for (const [name, server] of Object.entries(sdkServers)) {
      assert.equal(allowedHosts(server, host), name.startsWith('python') ? 'x.default.svc:*' : host, name);
    }
  });
});

describe('environmentFor', () => {
  it('allows the Service only where the SDK would not: elsewhere all is as the SDK has it', () => {
    for (const [name, server] of Object.entries(sdkServers)) {
      const wanted = name.startsWith('rust') ? { ALLOWED_HOSTS: 'x.default.svc' } : {};
      assert.deepEqual(environmentFor(server, 'x.default.svc'), wanted, name);
    }
  });
});
