import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { CommanderError } from 'commander';
import { readArchive } from '../test/support/image-archive.ts';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import { exitCodeOf, imagesCommand } from './cli.ts';
import { ImageError } from './image-error.ts';

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command as a user runs it. */
function images(...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [join(import.meta.dirname, 'cli.ts'), ...args],
      (_error, stdout, stderr) => {
        resolve({ code: child.exitCode, stdout, stderr });
      },
    );
  });
}

/** The command within this process, with what it prints. */
async function command(...args: string[]) {
  const printed: string[] = [];
  const program = imagesCommand(
    new AbortController().signal,
    (line) => printed.push(line),
    () => undefined,
  );
  for (const one of [program, ...program.commands])
    one.configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  await program.parseAsync(args, { from: 'user' });
  return printed;
}

describe('images', () => {
  it('build prints reference, size, digest and archive on stdout, and progress on stderr', async (t) => {
    const cacheDir = await temporaryDirectory(t);
    const { code, stdout, stderr } = await images('build', 'pause', '--cache-dir', cacheDir);
    assert.equal(code, 0, stderr);
    const found = /^smooth-operator\/pause:dev {2}[\d.]+ MB {2}sha256:\w{64}\n {2}(\/.*\.tar)\n$/.exec(stdout);
    assert.ok(found?.[1]?.startsWith(cacheDir), stdout);
    assert.match(stderr, /compiling pause/);
  });

  it('build takes a name and a place', async (t) => {
    const cacheDir = await temporaryDirectory(t);
    const out = join(cacheDir, 'my.tar');
    const [line] = await command('build', 'pause', '--ref', 'team/p:v1', '--out', out, '--cache-dir', cacheDir);
    assert.match(line ?? '', /^team\/p:v1 /);
    const [docker] = await (await readArchive(out)).json<{ RepoTags: string[] }[]>('manifest.json');
    assert.deepEqual(docker?.RepoTags, ['team/p:v1']);
  });

  it('build checks all names before it builds any', async (t) => {
    const cacheDir = await temporaryDirectory(t);
    const building = command('build', 'pause', 'nope', '--cache-dir', cacheDir);
    await assert.rejects(building, (thrown) => {
      assert.ok(thrown instanceof ImageError);
      assert.equal(thrown.code, 'UnknownImage');
      return /"nope".*pause, operator, sample-server, server-everything/.test(thrown.message);
    });
    assert.deepEqual(await readdir(cacheDir), []);
  });

  for (const flag of ['--out', '--ref']) {
    it(`build refuses ${flag} for two images, which would overwrite each other`, async () => {
      await assert.rejects(command('build', 'pause', 'operator', flag, 'x'), (thrown) => {
        assert.ok(thrown instanceof CommanderError);
        return thrown.exitCode === 2 && /one image/.test(thrown.message);
      });
    });
  }

  it('rootfs writes the files of an image', async (t) => {
    const dir = await temporaryDirectory(t);
    await command('rootfs', 'pause', join(dir, 'root'), '--cache-dir', join(dir, 'cache'));
    assert.deepEqual(await readdir(join(dir, 'root')), ['pause']);
  });

  it('list names every image and what it is called', async () => {
    const lines = await command('list');
    assert.equal(lines.length, 4);
    assert.match(lines.join('\n'), /^sample-server +smooth-operator\/sample-server:dev {2}\S/m);
  });

  const commandLines: readonly [args: string[], code: number, says: RegExp][] = [
    [['--help'], 0, /Builds container images/],
    [['build', '--help'], 0, /--out <file>/],
    [['build'], 2, /missing required argument 'names'/],
    [['build', 'nope'], 2, /no image "nope" is made here: use pause/],
    [['build', 'pause', '--ref', 'Bad Name'], 2, /image reference "Bad Name"/],
    [['build', 'pause', '--no-such-flag'], 2, /unknown option '--no-such-flag'/],
    [['no-such-command'], 2, /unknown command 'no-such-command'/],
  ];
  for (const [args, expected, says] of commandLines) {
    it(`${args.join(' ')} exits ${expected}`, async () => {
      const { code, stdout, stderr } = await images(...args);
      assert.equal(code, expected);
      assert.match(expected === 0 ? stdout : stderr, says);
      assert.doesNotMatch(stderr, /\n {4}at /, 'no stack trace');
    });
  }
});

describe('images, interrupted', () => {
  it('ends with 130 on Ctrl-C, and leaves nothing half done in the cache', async (t) => {
    const cacheDir = await temporaryDirectory(t);
    const args = [join(import.meta.dirname, 'cli.ts'), 'build', 'sample-server', '--cache-dir', cacheDir];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const exited = once(child, 'close');
    t.after(async () => {
      child.kill('SIGKILL');
      await exited;
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      // The Node layer takes seconds to compress: it is in the middle of that.
      if (!said.includes('writing layer') && text.includes('writing layer')) child.kill('SIGINT');
      said += text;
    });
    assert.deepEqual(await exited, [130, null]);
    assert.match(said, /^writing layer node-runtime \(\d+ entries\)\n$/, 'no stack trace, no message');
    assert.deepEqual(await readdir(join(cacheDir, 'layers')), []);
  });
});

describe('exitCodeOf', () => {
  const said: string[] = [];
  const codeOf = (thrown: unknown) => {
    said.length = 0;
    return exitCodeOf(thrown, (line) => said.push(line));
  };

  it('is 1 for what went wrong, with the message', () => {
    assert.equal(codeOf(new ImageError('ToolMissing', 'go is not installed')), 1);
    assert.deepEqual(said, ['error: go is not installed']);
  });

  it('is 130 for Ctrl-C, without a word', () => {
    assert.equal(codeOf(new ImageError('Aborted', 'go was interrupted')), 130);
    assert.deepEqual(said, []);
  });

  it('is 2 for a wrong command line, on which commander has said its piece', () => {
    assert.equal(codeOf(new CommanderError(1, 'commander.unknownOption', 'unknown option')), 2);
    assert.deepEqual(said, []);
  });

  it('is 0 for --help, which commander throws as well', () => {
    assert.equal(codeOf(new CommanderError(0, 'commander.helpDisplayed', '(outputHelp)')), 0);
  });

  it('is 1 for what nobody foresaw', () => {
    assert.equal(codeOf(new TypeError('x is undefined')), 1);
    assert.deepEqual(said, ['error: x is undefined']);
  });
});
