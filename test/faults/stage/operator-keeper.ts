import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FaultProxy } from '../proxy/proxy-contract.ts';
import type { Build } from './build.ts';
import { type InstanceRecord, type OperatorProgram, startProgram } from './operator-program.ts';

/** Keeps one operator running behind a proxy, as a Deployment with one replica does. */
export interface OperatorKeeper {
  /** Every process so far. */
  readonly instances: readonly InstanceRecord[];
  /** The one that runs, or is about to be started again. */
  current(): OperatorProgram | undefined;
  start(): void;
  /** kill -9 of the current one, and another start; returns when it is dead. */
  crash(reason: string): Promise<void>;
  /** Ends the current one in order, and starts another, of another build if one is given. */
  replace(build?: Build): Promise<void>;
  /** Kills what runs; nothing is started any more. */
  end(): Promise<void>;
}

/** What a keeper needs. */
export interface KeeperOptions {
  readonly proxy: FaultProxy;
  readonly build: Build;
  readonly kubeconfig: string;
  readonly namespace: string;
  /** A directory of the run's own. */
  readonly directory: string;
  /** What the first instance is called: what the proxy was told. */
  readonly instance: string;
}

/** How long after its end a process that nobody ended is started again: a kubelet waits too, and no loop gets hot. */
const RESTART_MS = 300;

/** Starts nothing yet. */
export function createKeeper(options: KeeperOptions): OperatorKeeper {
  const { proxy, kubeconfig, namespace, directory } = options;
  const programs: OperatorProgram[] = [];
  let { build, instance } = options;
  let over = false;

  function start(): void {
    if (over) return;
    if (programs.length > 0) instance = proxy.newInstance();
    proxy.note(`starts the operator, instance ${instance}`);
    const program = startProgram({ build, kubeconfig, namespace, instance, home: directory });
    programs.push(program);
    void program.ended.then(() => {
      proxy.note(`operator ${instance} has ended: ${program.end}`);
      if (program.asked !== undefined || over) return;
      setTimeout(() => startAfter(program), RESTART_MS).unref();
    });
  }

  /** Starts the next one, unless somebody has: a crash may come while the operator is being replaced. */
  function startAfter(program: OperatorProgram | undefined): void {
    if (program === programs.at(-1)) start();
  }

  return {
    instances: programs,
    current: () => programs.at(-1),
    start,
    async crash(reason) {
      proxy.note(`kills operator ${instance}: ${reason}`);
      const program = programs.at(-1);
      await program?.kill();
      startAfter(program);
    },
    async replace(next = build) {
      proxy.note(`ends operator ${instance}`);
      build = next;
      const program = programs.at(-1);
      await program?.stop();
      startAfter(program);
    },
    async end() {
      over = true;
      await Promise.all(programs.map((program) => program.kill()));
    },
  };
}

/** A directory of a run's own. */
export async function runDirectory(files: string, namespace: string): Promise<string> {
  const directory = join(files, namespace);
  await mkdir(directory, { recursive: true });
  return directory;
}
