import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '../../cluster/wait.ts';
import type { ProbeAnswer, ProbeRequest } from './probe.ts';

let next = 0;

/**
 * Asks the probe in a process. One question at a time.
 *
 * @param pid of a process that has loaded the probe
 * @param directory the one that it was given in `SMOOTH_BENCH_PROBE`
 * @throws ClusterError `DeadlinePassed` when it does not answer within two minutes: a heap takes its time
 */
export async function askProbe(pid: number, directory: string, request: ProbeRequest): Promise<ProbeAnswer> {
  next += 1;
  const id = next;
  await writeFile(join(directory, 'probe-request.json'), JSON.stringify({ id, request }));
  process.kill(pid, 'SIGUSR2');
  const look = async () => {
    // Until the first answer there is no such file: that is "not yet".
    const answer = JSON.parse(await readFile(join(directory, 'probe-answer.json'), 'utf8'));
    return answer.id === id && answer;
  };
  const { answer }: { readonly answer: ProbeAnswer } = await waitFor(look, {
    what: `the probe in process ${pid} to answer "${request.do}"`,
    deadlineMs: 120_000,
    intervalMs: 5,
  });
  return answer;
}
