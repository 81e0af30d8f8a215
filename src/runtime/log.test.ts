import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { createLogger, type LogOptions, levels } from './log.ts';

/** A logger and the lines that it wrote. */
async function capture(options: LogOptions = {}) {
  const lines: string[] = [];
  const output = { write: (line: string) => void lines.push(line) };
  const log = await createLogger({ clock: createFakeClock(), output, ...options });
  return { lines, log, parsed: () => lines.map((line) => JSON.parse(line)) };
}

describe('log', () => {
  test('writes one JSON object a line, with time, level, message and fields', async () => {
    const { lines, log } = await capture();
    log.info('reconciled', { name: 'weather', afterMs: 5 });
    assert.deepEqual(lines, [
      '{"level":"info","ts":"2026-01-01T00:00:00.000Z","name":"weather","afterMs":5,"msg":"reconciled"}\n',
    ]);
  });

  test('a message of several lines stays one line', async () => {
    const { lines, log } = await capture();
    log.info('one\ntwo', { text: 'three\nfour' });
    assert.equal(lines.length, 1);
    assert.equal(lines[0]?.indexOf('\n'), (lines[0]?.length ?? 0) - 1);
  });

  test('the time is that of the line', async () => {
    const clock = createFakeClock();
    const { log, parsed } = await capture({ clock });
    log.info('a');
    await clock.advance(1_234);
    log.info('b');
    assert.deepEqual(
      parsed().map(({ ts }) => ts),
      ['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:01.234Z'],
    );
  });

  for (const [index, level] of levels.entries()) {
    test(`at level ${level} writes it and what is more important`, async () => {
      const { log, parsed } = await capture({ level });
      for (const each of levels) log[each](each);
      assert.deepEqual(
        parsed().map((line) => line.level),
        levels.slice(index),
      );
    });
  }

  test('writes info and above by default', async () => {
    const { log, parsed } = await capture();
    log.debug('no');
    log.info('yes');
    assert.deepEqual(
      parsed().map(({ msg }) => msg),
      ['yes'],
    );
  });

  test('a line that is not written costs nothing: its fields are not looked at', async () => {
    const { log } = await capture();
    log.debug('no', {
      get expensive() {
        throw new Error('looked at');
      },
    });
  });

  test('with adds fields to each line, and the latest wins', async () => {
    const { log, parsed } = await capture();
    const controller = log.with({ controller: 'mcpserver', name: 'none' });
    const run = controller.with({ name: 'weather', reconcileID: '1' });
    run.info('a', { reconcileID: '2' });
    controller.info('b');
    log.info('c');
    const strip = ({ ts: _ts, level: _level, ...rest }: Record<string, unknown>) => rest;
    assert.deepEqual(parsed().map(strip), [
      { controller: 'mcpserver', name: 'weather', reconcileID: '2', msg: 'a' },
      { controller: 'mcpserver', name: 'none', msg: 'b' },
      { msg: 'c' },
    ]);
  });

  test('a field does not displace what the line itself says', async () => {
    const { log, parsed } = await capture();
    log.with({ level: 'x' }).info('real', { msg: 'fake', ts: 0 });
    assert.deepEqual(parsed(), [
      { level: 'info', ts: '2026-01-01T00:00:00.000Z', level_: 'x', msg_: 'fake', ts_: 0, msg: 'real' },
    ]);
  });

  test('errors are described', async () => {
    const { log, parsed } = await capture();
    log.error('failed', { error: new RangeError('too far') });
    const [{ error }] = parsed();
    assert.equal(error.type, 'RangeError');
    assert.equal(error.message, 'too far');
    assert.match(error.stack, /log\.test\.ts/);
  });

  test('credentials are hidden in messages, fields, bound fields and errors', async () => {
    const { lines, log } = await capture();
    const secret = 'swordfish1';
    const logger = log.with({ url: `https://jo:${secret}@host/`, password: secret });
    logger.error(`token=${secret}`, { header: `Bearer ${secret}`, error: new Error(`password=${secret}`) });
    assert.equal(lines.length, 1);
    assert.ok(!lines[0]?.includes(secret), String(lines[0]));
  });

  test('pretty is for people, and hides as much', async () => {
    const { lines, log } = await capture({ format: 'pretty' });
    log.warn('could not renew', { lease: 'a/b', password: 'swordfish' });
    assert.match(lines.join(''), /WARN.*could not renew.*a\/b/);
    assert.ok(!lines.join('').includes('swordfish'));
    assert.throws(() => JSON.parse(lines.join('')));
  });
});

describe('log of a process', () => {
  const logTo = (code: string) =>
    promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code], { cwd: import.meta.dirname });

  test('goes to standard error as JSON when that is no terminal', async () => {
    const { stdout, stderr } = await logTo(
      `const { createLogger } = await import('./log.ts'); (await createLogger()).info('hello', { a: 1 });`,
    );
    assert.equal(stdout, '');
    const { msg, a } = JSON.parse(stderr);
    assert.deepEqual({ msg, a }, { msg: 'hello', a: 1 });
  });

  test('loses nothing when the process exits at once', async () => {
    const { stderr } = await logTo(
      `const { createLogger } = await import('./log.ts'); const log = await createLogger();
       for (let line = 0; line < 500; line += 1) log.info('line', { line });
       process.exit(0);`,
    );
    const lines = stderr.trimEnd().split('\n');
    assert.equal(lines.length, 500);
    assert.equal(JSON.parse(lines.at(-1) ?? '').line, 499);
  });

  test('does not load the formatter for terminals where there is none', async () => {
    const { stderr } = await logTo(
      `import { createRequire } from 'node:module';
       const { createLogger } = await import('./log.ts'); (await createLogger()).info('hello');
       const loaded = Object.keys(createRequire(import.meta.url).cache).filter((file) => file.includes('pino-pretty'));
       console.error(JSON.stringify({ loaded: loaded.length }));`,
    );
    assert.match(stderr, /\{"loaded":0\}/);
  });
});
