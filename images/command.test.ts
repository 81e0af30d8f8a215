import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import { until } from '../test/support/until.ts';
import { run } from './command.ts';
import { ImageError, type ImageErrorCode } from './image-error.ts';

const node = (script: string, options?: Parameters<typeof run>[2]) => run(process.execPath, ['-e', script], options);

const isError = (code: ImageErrorCode, says: RegExp) => (thrown: unknown) => {
  assert.ok(thrown instanceof ImageError, String(thrown));
  assert.equal(thrown.code, code);
  assert.match(thrown.message, says);
  return true;
};

describe('run', () => {
  it('returns what the program prints, and not what it says on stderr', async () => {
    assert.equal(await node('console.log("out"); console.error("err")'), 'out\n');
  });

  it('does not cut characters in two where the output is cut', async () => {
    const text = 'é日'.repeat(50_000);
    assert.equal(await node('process.stdout.write("é日".repeat(50000))'), text);
  });

  it('runs where it is told, with the environment that it is given', async (t) => {
    const cwd = await temporaryDirectory(t);
    const printed = await node('console.log(process.cwd(), process.env.COLOUR)', { cwd, env: { COLOUR: 'blue' } });
    assert.equal(printed, `${cwd} blue\n`);
  });

  it('passes arguments as they are: there is no shell', async () => {
    const args = ['-p', 'process.argv.slice(1).join("|")', '$HOME', 'a b', '*'];
    assert.equal(await run(process.execPath, args), '$HOME|a b|*\n');
  });

  it('tells which command failed, how, and the end of what it said', async () => {
    const script = 'for (let i = 1; i <= 40; i++) console.error("line", i); process.exit(3)';
    await assert.rejects(node(script), (thrown) => {
      isError('ToolFailed', /failed \(exit code 3\):\nline 26\n(?:line \d+\n)+line 40$/)(thrown);
      return isError('ToolFailed', new RegExp(process.execPath))(thrown);
    });
  });

  it('repeats both streams of a failing program', async () => {
    const failing = node('console.log("half done"); console.error("no space"); process.exit(1)');
    await assert.rejects(failing, (thrown) => {
      isError('ToolFailed', /half done/)(thrown);
      return isError('ToolFailed', /no space/)(thrown);
    });
  });

  it('tells the signal that ended the program', async () => {
    await assert.rejects(node('process.kill(process.pid, "SIGKILL")'), isError('ToolFailed', /\(signal SIGKILL\)/));
  });

  it('says how to get a program that is not installed', async () => {
    const whenMissing = 'install it from https://no.example';
    const missing = run('no-such-program', ['x'], { whenMissing });
    await assert.rejects(missing, isError('ToolMissing', /^no-such-program is not installed: install it from/));
  });

  it('does not start when it was interrupted before', async (t) => {
    const marker = join(await temporaryDirectory(t), 'marker');
    const script = `require("fs").writeFileSync(${JSON.stringify(marker)}, "")`;
    await assert.rejects(node(script, { signal: AbortSignal.abort() }), isError('Aborted', /interrupted/));
    await assert.rejects(readFile(marker), { code: 'ENOENT' });
  });

  it('ends the program on a signal, and waits until it has ended', async (t) => {
    const marker = join(await temporaryDirectory(t), 'marker');
    const script = `
      const { writeFileSync } = require("fs");
      process.on("SIGTERM", () => { writeFileSync(${JSON.stringify(marker)}, "cleaned up"); process.exit(0); });
      writeFileSync(${JSON.stringify(marker)}, "started");
      setInterval(() => {}, 1000);`;
    const controller = new AbortController();
    const running = node(script, { signal: controller.signal });
    const outcome = assert.rejects(running, isError('Aborted', /interrupted/));
    await until(async () => (await readFile(marker, 'utf8').catch(String)) === 'started', {
      what: 'the program to start',
    });
    controller.abort();
    await outcome;
    assert.equal(await readFile(marker, 'utf8'), 'cleaned up');
  });

  it('does not keep listening to the signal afterwards', async () => {
    const { signal } = new AbortController();
    const events: string[] = [];
    const spied: AbortSignal = new Proxy(signal, {
      get(target, key) {
        if (key === 'addEventListener' || key === 'removeEventListener') {
          return (...args: Parameters<AbortSignal['addEventListener']>) => {
            events.push(key);
            return target[key](...args);
          };
        }
        return Reflect.get(target, key, target);
      },
    });
    await node('', { signal: spied });
    assert.deepEqual(events, ['addEventListener', 'removeEventListener']);
  });
});
