import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { until } from '../../test/support/until.ts';
import { type Adapter, parseAdapter } from './adapter.ts';
import { commandOf, startContestant } from './contestant.ts';

const probe = join(import.meta.dirname, 'probe.ts');

const adapter = (more: Partial<Adapter>): Adapter => ({
  ...parseAdapter(
    {
      name: 'one',
      command: ['{node}', './program.js', '--port={healthPort}', '../x', 'plain/path'],
      resource: { api: '/api/v1', plural: 'things' },
      template: {},
      children: [{ api: '/api/v1', plural: 'children' }],
    },
    'one.json',
  ),
  ...more,
});

const values = { node: process.execPath, healthPort: 4711 };
const adapterFile = '/somewhere/race/one.json';

test('placeholders are filled in, and paths that say so are relative to the file', () => {
  assert.deepEqual(commandOf({ adapter: adapter({}), adapterFile, values, probe }), [
    process.execPath,
    '/somewhere/race/program.js',
    '--port=4711',
    '/somewhere/x',
    'plain/path',
  ]);
});

test('into a program on Node the probe is loaded, before anything of its own', () => {
  const command = commandOf({ adapter: adapter({ node: true }), adapterFile, values, probe });
  assert.deepEqual(command.slice(0, 3), [process.execPath, `--import=${probe}`, '/somewhere/race/program.js']);
});

/** Starts a program that consists of this code. */
async function start(t: TestContext, code: string, more: Partial<Adapter> = {}) {
  const directory = await temporaryDirectory(t);
  await writeFile(join(directory, 'program.mjs'), code);
  const contestant = await startContestant({
    adapter: adapter({ command: ['{node}', './program.mjs'], ready: { line: 'up' }, ...more }),
    adapterFile: join(directory, 'adapter.json'),
    values,
    probe,
    profiled: false,
    directory,
    logFile: join(directory, 'one.log'),
    signal: new AbortController().signal,
  });
  t.after(() => contestant.stop());
  return { contestant, directory };
}

/** Waits until the program has said so many more lines. */
async function untilLines(directory: string, count: number): Promise<void> {
  const lines = async () => (await readFile(join(directory, 'one.log'), 'utf8')).split('\n').length;
  const before = await lines();
  await until(async () => (await lines()) >= before + count, { what: `${count} more lines` });
}

const LIVE = 'setInterval(() => undefined, 1_000);';

test('it is up when it has said so, with the environment of its adapter and no other', async (t) => {
  process.env.SMOOTH_TEST_OF_CONTESTANT = 'not for others';
  t.after(() => delete process.env.SMOOTH_TEST_OF_CONTESTANT);
  const code = `console.log(JSON.stringify(Object.keys(process.env).sort())); console.log('up'); ${LIVE}`;
  const { contestant, directory } = await start(t, code, { env: { LEVEL: 'warn' } });
  assert.ok(contestant.readyMs > 0);
  const [names = ''] = (await readFile(join(directory, 'one.log'), 'utf8')).split('\n');
  const own = ['HOME', 'LEVEL', 'PATH', 'SMOOTH_BENCH_PROBE'];
  assert.deepEqual(
    JSON.parse(names).filter((name: string) => own.includes(name) || /SMOOTH/.test(name)),
    own,
  );
  assert.equal(await contestant.ask({ do: 'watch-loop' }), undefined);
});

test('it is stopped by SIGTERM, and stopping it twice is no trouble', async (t) => {
  const code = `process.on('SIGTERM', () => { console.log('bye'); process.exit(0); }); console.log('up'); ${LIVE}`;
  const { contestant, directory } = await start(t, code);
  await contestant.stop();
  await contestant.stop();
  assert.match(await readFile(join(directory, 'one.log'), 'utf8'), /bye/);
  assert.throws(() => process.kill(contestant.pid, 0), { code: 'ESRCH' });
});

test('one that ends by itself is told with its last lines, before it is up and after', async (t) => {
  await assert.rejects(
    start(t, "console.error('no port'); process.exit(2)"),
    /one ended by itself \(2\)[\s\S]*no port/,
  );
  const { contestant } = await start(t, "console.log('up'); setTimeout(() => { throw new Error('gone') }, 50)");
  await assert.rejects(contestant.failed, /one ended by itself \(1\)[\s\S]*gone/);
});

test('the probe tells how late the event loop was, while it was asked to look', async (t) => {
  const block = "const end = Date.now() + 200; while (Date.now() < end); console.log('blocked')";
  const code = `console.log('up'); setInterval(() => { ${block} }, 20);`;
  const { contestant, directory } = await start(t, code, { node: true });
  assert.deepEqual(await contestant.ask({ do: 'read-loop' }), { p50: 0, p99: 0, max: 0 });
  await contestant.ask({ do: 'watch-loop' });
  await untilLines(directory, 5);
  const answer = await contestant.ask({ do: 'read-loop' });
  assert.ok((answer?.max ?? 0) >= 150, JSON.stringify(answer));
});

test('the probe writes a profile of what ran, and the heap', async (t) => {
  const code = `function busy() { const end = Date.now() + 20; while (Date.now() < end); console.log('blocked'); }
    console.log('up'); setInterval(busy, 25);`;
  const { contestant, directory } = await start(t, code, { node: true });
  const [profile, heap] = [join(directory, 'a.cpuprofile'), join(directory, 'a.heapsnapshot')];
  await contestant.ask({ do: 'start-profile' });
  await untilLines(directory, 5);
  await contestant.ask({ do: 'write-profile', file: profile });
  await contestant.ask({ do: 'write-heap', file: heap });
  const { nodes } = JSON.parse(await readFile(profile, 'utf8'));
  assert.ok(nodes.some(({ callFrame }: { callFrame: { functionName: string } }) => callFrame.functionName === 'busy'));
  assert.ok(existsSync(heap));
});
