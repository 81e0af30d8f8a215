import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { StubAnswer, StubRequest } from './stub-pods.ts';

/** The process with the stub pods. */
export interface Stubs {
  ask(request: StubRequest): Promise<StubAnswer>;
  /** Ends it, and waits for that. */
  stop(): Promise<void>;
}

/** Starts one. It ends by itself when this process does, however that comes about. */
export function startStubs(): Stubs {
  const child = fork(join(import.meta.dirname, 'stub-pods.ts'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const waiting = new Map<number, { resolve: (answer: StubAnswer) => void; reject: (error: Error) => void }>();
  let next = 0;

  child.on('message', ({ id, answer }: { readonly id: number; readonly answer: StubAnswer }) => {
    waiting.get(id)?.resolve(answer);
    waiting.delete(id);
  });
  child.once('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`the stub pods ended with code ${code}`));
  });

  return {
    ask(request) {
      const id = next++;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        child.send({ id, request }, (error) => {
          if (error !== null) reject(error);
        });
      });
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, 'exit');
      child.disconnect();
      await exit;
    },
  };
}
