import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { ImageError } from './image-error.ts';
import { parseLdd, sharedLibraries } from './shared-libraries.ts';

const debian = `\tlinux-vdso.so.1 (0x00007f62f2f57000)
\tlibatomic.so.1 => /lib/x86_64-linux-gnu/libatomic.so.1 (0x00007f62f2f3c000)
\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f62f2e57000)
\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f62f2a1e000)
\t/lib64/ld-linux-x86-64.so.2 (0x00007f62f2f59000)
`;
const fedora = `\tlinux-vdso.so.1 (0x00007ffd1a5f2000)
\tlibstdc++.so.6 => /lib64/libstdc++.so.6 (0x00007f1d0a200000)
\tlibc.so.6 => /lib64/libc.so.6 (0x00007f1d09e00000)
\t/lib64/ld-linux-x86-64.so.2 (0x00007f1d0a5e8000)
`;
const arch = `\tlinux-vdso.so.1 (0x0000715d3f5c4000)
\tlibc.so.6 => /usr/lib/libc.so.6 (0x0000715d3f200000)
\t/lib64/ld-linux-x86-64.so.2 => /usr/lib64/ld-linux-x86-64.so.2 (0x0000715d3f5c6000)
`;
const arm = `\tlinux-vdso.so.1 (0x0000ffff9a7f0000)
\tlibc.so.6 => /lib/aarch64-linux-gnu/libc.so.6 (0x0000ffff9a5b0000)
\t/lib/ld-linux-aarch64.so.1 (0x0000ffff9a7b7000)
`;

const isUnsupported = (says: RegExp) => (thrown: unknown) => {
  assert.ok(thrown instanceof ImageError, String(thrown));
  assert.equal(thrown.code, 'HostUnsupported');
  assert.match(thrown.message, says);
  return true;
};

describe('parseLdd', () => {
  it('finds the libraries, the loader and the directory of libc on Debian', () => {
    const { libraries, loader, libraryDir } = parseLdd(debian, 'node');
    assert.deepEqual(
      [...libraries],
      [
        ['libatomic.so.1', '/lib/x86_64-linux-gnu/libatomic.so.1'],
        ['libm.so.6', '/lib/x86_64-linux-gnu/libm.so.6'],
        ['libc.so.6', '/lib/x86_64-linux-gnu/libc.so.6'],
      ],
    );
    assert.deepEqual(loader, { at: '/lib64/ld-linux-x86-64.so.2', hostPath: '/lib64/ld-linux-x86-64.so.2' });
    assert.equal(libraryDir, '/lib/x86_64-linux-gnu');
  });

  it('on Fedora, where all is in /lib64', () => {
    assert.equal(parseLdd(fedora, 'node').libraryDir, '/lib64');
  });

  it('on Arch, where the loader lies elsewhere than the binary asks for it', () => {
    assert.deepEqual(parseLdd(arch, 'node').loader, {
      at: '/lib64/ld-linux-x86-64.so.2',
      hostPath: '/usr/lib64/ld-linux-x86-64.so.2',
    });
  });

  it('on arm64', () => {
    const { loader, libraryDir } = parseLdd(arm, 'node');
    assert.equal(loader.at, '/lib/ld-linux-aarch64.so.1');
    assert.equal(libraryDir, '/lib/aarch64-linux-gnu');
  });

  it("leaves out the kernel's vdso, also the 32-bit one", () => {
    const names = [...parseLdd(`\tlinux-gate.so.1 (0xf7f00000)\n${debian}`, 'node').libraries.keys()];
    assert.ok(names.every((name) => !/vdso|gate/.test(name)));
  });

  it('takes a path with spaces', () => {
    const odd = debian.replace('/lib/x86_64-linux-gnu/libm.so.6', '/opt/my libs/libm.so.6');
    assert.equal(parseLdd(odd, 'node').libraries.get('libm.so.6'), '/opt/my libs/libm.so.6');
  });

  it('names a library that is not installed, who needs it and the package that has it', () => {
    const missing = debian.replace(/libatomic.*\n/, 'libatomic.so.1 => not found\n');
    assert.throws(
      () => parseLdd(missing, '/opt/node'),
      isUnsupported(/^\/opt\/node needs libatomic\.so\.1, which is not installed here: apt-get install libatomic1/),
    );
  });

  it('says what it can about a library that it does not know', () => {
    const missing = `\tlibodd.so.3 => not found\n${debian}`;
    assert.throws(() => parseLdd(missing, 'node'), isUnsupported(/libodd\.so\.3.*install the package that has it/));
  });

  it('refuses musl, whose binaries do not run with these libraries', () => {
    const musl = '\t/lib/ld-musl-x86_64.so.1 (0x7f1)\n\tlibc.musl-x86_64.so.1 => /lib/ld-musl-x86_64.so.1 (0x7f1)\n';
    assert.throws(() => parseLdd(musl, 'node'), isUnsupported(/not linked with glibc.*Debian/));
  });

  it('refuses a static binary and repeats what ldd said', () => {
    assert.throws(
      () => parseLdd('\tnot a dynamic executable\n', 'pause'),
      isUnsupported(/\tnot a dynamic executable$/),
    );
    assert.throws(() => parseLdd('\tstatically linked\n', 'pause'), isUnsupported(/statically linked/));
    assert.throws(() => parseLdd('', 'pause'), isUnsupported(/pause is not linked/));
  });
});

describe('sharedLibraries', () => {
  it("finds this Node's own libraries, each of them a file", async () => {
    const { libraries, loader } = await sharedLibraries(process.execPath);
    assert.ok(libraries.has('libc.so.6'));
    for (const path of [...libraries.values(), loader.hostPath]) await access(path);
  });

  it('finds what is enough to run the program without the library cache of the host', async () => {
    const { libraries, loader } = await sharedLibraries(process.execPath);
    const dirs = new Set([...libraries.values()].map((path) => path.slice(0, path.lastIndexOf('/'))));
    const args = ['--inhibit-cache', '--library-path', [...dirs].join(':'), process.execPath, '-p', '6 * 7'];
    const { stdout } = await promisify(execFile)(loader.hostPath, args);
    assert.equal(stdout, '42\n');
  });

  it('tells a program that is not there', async () => {
    await assert.rejects(sharedLibraries('/no/such/program'), (thrown) => {
      assert.ok(thrown instanceof ImageError);
      assert.equal(thrown.code, 'ToolFailed');
      return /\/no\/such\/program/.test(thrown.message);
    });
  });
});
