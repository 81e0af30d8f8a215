import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { type OperatorProgram, startProgram } from './operator-program.ts';

/** A process that says that it is there, and ends in order when it is told to. */
const obedient = `
  console.error(JSON.stringify({ level: 'info', msg: 'there' }));
  process.on('SIGTERM', () => process.exit(0));
  setInterval(() => undefined, 1_000);`;

async function started(t: TestContext, source: string): Promise<OperatorProgram> {
  const home = await temporaryDirectory(t);
  const main = join(home, 'main.mjs');
  await writeFile(main, source);
  const build = { main, compileCache: join(home, 'cache') };
  const program = startProgram({ build, instance: '1', kubeconfig: '', namespace: 'ns', home });
  t.after(() => program.kill());
  return program;
}

test('an operator that is told to end does so in order, and its words are kept', async (t) => {
  const program = await started(t, obedient);
  await program.untilSaid('there');
  await program.stop();
  assert.deepEqual([program.asked, program.end], ['SIGTERM', 0]);
  assert.deepEqual(program.stray, []);
});

test('a killed operator was killed, also when it was told to end a moment later', async (t) => {
  const program = await started(t, obedient);
  await program.untilSaid('there');
  await Promise.all([program.kill(), program.stop()]);
  assert.deepEqual([program.asked, program.end], ['SIGKILL', 'SIGKILL']);
});

test('one that is told to end and then killed was killed', async (t) => {
  const program = await started(
    t,
    'console.error(\'{"msg":"there"}\'); process.on(\'SIGTERM\', () => undefined); setInterval(() => 1, 1_000);',
  );
  await program.untilSaid('there');
  await Promise.all([program.stop(), program.kill()]);
  assert.deepEqual([program.asked, program.end], ['SIGKILL', 'SIGKILL']);
});

test('what is no line of the log is kept apart, and an end that nobody asked for is known as one', async (t) => {
  const program = await started(t, "console.error('Segmentation fault'); process.exit(3);");
  await program.ended;
  assert.deepEqual([program.asked, program.end, program.stray], [undefined, 3, ['Segmentation fault']]);
  await assert.rejects(program.untilSaid('there'), /it ended with 3/);
});
