import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Ends processes when this one does, however it does. */
export interface Watchdog {
  /** Puts a process under watch. */
  guard(pid: number): void;
  /** Ends what is still alive, removes the directory, and resolves when that is done. */
  release(): Promise<void>;
}

/**
 * Reads pids from its input. The input ends when the parent asks for it, or when the kernel closes the parent's pipe:
 * after a crash, a SIGKILL, anything. Then it kills each process that still has the directory in its command line
 * (a reused pid does not), and removes the directory.
 *
 * A shell, because it is on every machine, starts in a millisecond and takes a megabyte. PR_SET_PDEATHSIG would need no
 * helper, but it is Linux's alone and cannot remove a directory.
 */
const script = `
pids=
while read -r pid; do pids="$pids $pid"; done
for pid in $pids; do
  if [ -r "/proc/$pid/cmdline" ]; then line=$(tr '\\0' ' ' < "/proc/$pid/cmdline"); else line=$(ps -o args= -p "$pid"); fi
  case "$line" in *"$1"*) kill -9 "$pid" ;; esac
done 2> /dev/null
rm -rf "$1" 2> /dev/null || { sleep 1; rm -rf "$1"; }
`;

/**
 * Starts a watchdog. It is in a session of its own, so a Ctrl-C or a kill of the process group does not end it first.
 *
 * @param directory removed at the end; the guarded processes have it in their command lines
 */
export async function startWatchdog(directory: string): Promise<Watchdog> {
  const child = spawn('/bin/sh', ['-c', script, 'smooth-operator-watchdog', directory], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  await once(child, 'spawn');
  // It must not keep the process alive that it waits for.
  child.unref();
  const input: unknown = child.stdin;
  if (input instanceof Object && 'unref' in input && typeof input.unref === 'function') input.unref();
  return {
    guard: (pid) => {
      child.stdin.write(`${pid}\n`);
    },
    async release() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.ref();
      const closed = once(child, 'exit');
      child.stdin.end();
      await closed;
    },
  };
}
