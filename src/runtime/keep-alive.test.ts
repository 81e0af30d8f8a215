import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startProgram } from '../../test/support/program.ts';

const start = (body: string) =>
  startProgram(
    ['--input-type=module', '--eval', `import { keepAlive } from './keep-alive.ts'; ${body}`],
    import.meta.dirname,
  );

describe('keep alive', () => {
  test('a process that only waits ends early without it: exit code 13, an await that was never settled', async () => {
    assert.equal(await start('await new Promise(() => {});').ended(), 13);
  });

  test('keeps such a process up until a signal comes', async () => {
    const program = start(
      `keepAlive(); console.error(JSON.stringify({ msg: 'waiting' })); await new Promise(() => {});`,
    );
    await program.said('waiting');
    program.kill('SIGTERM');
    assert.equal(await program.ended(), 'SIGTERM');
  });

  test('lets it go when told', async () => {
    assert.equal(await start('const letGo = keepAlive(); letGo();').ended(), 0);
  });
});
