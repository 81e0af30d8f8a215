import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ImageError } from '../images/image-error.ts';
import { findEngine, type RunProgram } from './container-engine.ts';

/** Engines that behave as told: a text is what a failing one says, true is one that works, absent is not installed. */
function machine(engines: Readonly<Record<string, string | true>>) {
  const asked: string[] = [];
  const runProgram: RunProgram = async (program, args) => {
    asked.push([program, ...args].join(' '));
    const state = engines[program];
    if (state === true) return '27.0';
    if (state === undefined) throw new ImageError('ToolMissing', `${program} is not installed: install it`);
    throw new ImageError('ToolFailed', `${program} failed (exit code 1):\nsome detail\n${state}`);
  };
  return { asked, runProgram };
}

const { signal } = new AbortController();
const isMissing = (says: RegExp) => (thrown: unknown) => {
  assert.ok(thrown instanceof ImageError);
  assert.equal(thrown.code, 'ToolMissing');
  assert.match(thrown.message, says);
  return true;
};

describe('findEngine', () => {
  it('takes the first that works, in a fixed order, and asks no further', async () => {
    const { asked, runProgram } = machine({ docker: true, podman: true });
    assert.deepEqual(await findEngine(undefined, signal, runProgram), { engine: 'docker', passedOver: [] });
    assert.equal(asked.length, 1);
  });

  it("asks for Docker's server: a client alone builds nothing", async () => {
    const { asked, runProgram } = machine({ docker: true });
    await findEngine(undefined, signal, runProgram);
    assert.deepEqual(asked, ['docker version --format {{.Server.Version}}']);
  });

  it('goes on past one that is installed and does not work, and remembers why', async () => {
    const { runProgram } = machine({ docker: 'Cannot connect to the Docker daemon', podman: true });
    assert.deepEqual(await findEngine(undefined, signal, runProgram), {
      engine: 'podman',
      passedOver: ['docker: Cannot connect to the Docker daemon'],
    });
  });

  it('says of each why not when none works', async () => {
    const { runProgram } = machine({ podman: 'no subuid ranges' });
    assert.deepEqual(await findEngine(undefined, signal, runProgram), {
      engine: undefined,
      passedOver: ['docker: not installed', 'podman: no subuid ranges', 'buildah: not installed'],
    });
  });

  it('takes an empty CONTAINER_TOOL as none given, as make passes it', async () => {
    const { runProgram } = machine({ buildah: true });
    assert.equal((await findEngine('', signal, runProgram)).engine, 'buildah');
  });

  it('asks only the one that is wanted', async () => {
    const { asked, runProgram } = machine({ docker: true, podman: true });
    assert.equal((await findEngine('podman', signal, runProgram)).engine, 'podman');
    assert.deepEqual(asked, ['podman info --format {{.Version.Version}}']);
  });

  it('does not go on past the one that is wanted: who names it means it', async () => {
    const { runProgram } = machine({ docker: true });
    const looking = findEngine('podman', signal, runProgram);
    await assert.rejects(looking, isMissing(/CONTAINER_TOOL=podman does not work: podman: not installed/));
  });

  it('refuses one that it does not know, naming those that it does', async () => {
    const { asked, runProgram } = machine({ docker: true });
    await assert.rejects(
      findEngine('nerdctl', signal, runProgram),
      isMissing(/"nerdctl": use docker, podman, buildah or none/),
    );
    assert.deepEqual(asked, []);
  });

  it('asks nobody when none is wanted', async () => {
    const { asked, runProgram } = machine({ docker: true });
    assert.equal((await findEngine('none', signal, runProgram)).engine, undefined);
    assert.deepEqual(asked, []);
  });

  it('stops on Ctrl-C instead of taking it for an engine that does not work', async () => {
    const controller = new AbortController();
    const runProgram: RunProgram = async () => {
      controller.abort();
      throw new ImageError('Aborted', 'docker was interrupted');
    };
    await assert.rejects(findEngine(undefined, controller.signal, runProgram), (thrown) => {
      assert.ok(thrown instanceof ImageError);
      return thrown.code === 'Aborted';
    });
  });

  it('gives each engine a deadline of its own', async () => {
    const signals: (AbortSignal | undefined)[] = [];
    const runProgram: RunProgram = async (_program, _args, options) => {
      signals.push(options?.signal);
      throw new ImageError('ToolFailed', 'no');
    };
    await findEngine(undefined, signal, runProgram);
    assert.equal(new Set(signals).size, 3);
    assert.ok(signals.every((one) => one !== undefined && one !== signal));
  });
});
