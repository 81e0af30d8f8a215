import type { InstanceRecord, LogLine } from '../stage/operator-program.ts';
import type { RunRecord } from '../stage/run-record.ts';
import type { Finding, Oracle } from './finding.ts';

/** Descriptors that one more touch of every object may cost: a watch may be renewed at the moment of the count. */
const MORE_DESCRIPTORS = 6;

/** No operator with a handful of objects is as big as this, in bytes: it has leaked. */
const MOST_MEMORY = 400 * 2 ** 20;

/** What the controller logs of something that was thrown and is no ApiError. */
const PANIC = 'reconcile threw something unexpected';

/**
 * O11: a process ends only when it is ended, and then in order; it prints nothing but its log; what it threw was
 * expected; without faults it logs no error; and it holds no more descriptors after work than before.
 */
export const soundProcess: Oracle = (_references, run) => [
  ...run.instances.flatMap((instance) => [...badEnd(instance), ...badWords(instance, run)]),
  ...growth(run),
];

/** O10: a run that waits in vain. */
export const comesToItsEnd: Oracle = (_references, run) =>
  run.stuck === undefined ? [] : [{ oracle: 'O10', text: run.stuck }];

function badEnd({ instance, end, asked, stray, lines }: InstanceRecord): readonly Finding[] {
  // Not yet a program: node was still starting, and had nobody to tell of the signal.
  if (asked === 'SIGTERM' && end === 'SIGTERM' && lines.length === 0 && stray.length === 0) return [];
  const because = stray.length === 0 ? '' : `: ${stray.slice(0, 6).join(' | ')}`;
  if (asked === undefined)
    return [{ oracle: 'O11', text: `operator ${instance} ended by itself with ${end}${because}` }];
  if (asked === 'SIGTERM' && end !== 0) {
    return [{ oracle: 'O11', text: `operator ${instance} was to end in order and ended with ${end}${because}` }];
  }
  return [];
}

function badWords({ instance, lines, stray, asked }: InstanceRecord, run: RunRecord): readonly Finding[] {
  const isBad = (line: LogLine) =>
    line.msg.startsWith(PANIC) ||
    (line.level === 'error' && run.plan === undefined && !(run.losesRights && isDenied(line)));
  const bad = lines.filter(isBad);
  const findings = bad.map(
    (line): Finding => ({ oracle: 'O11', text: `operator ${instance} logged: ${JSON.stringify(line).slice(0, 400)}` }),
  );
  // The last line of a process that is killed may be half a line.
  const whole = asked === 'SIGKILL' ? stray.filter((line) => !line.startsWith('{')) : stray;
  if (whole.length === 0) return findings;
  return [...findings, { oracle: 'O11', text: `operator ${instance} printed: ${whole.slice(0, 6).join(' | ')}` }];
}

/** A namespace takes the Role in it along when it is deleted, before what the Role is for. */
function isDenied({ error }: LogLine): boolean {
  return (error as { readonly code?: string } | undefined)?.code === 'Forbidden';
}

function growth({ use }: RunRecord): readonly Finding[] {
  return use.flatMap((sample): readonly Finding[] => {
    const { instance, memory, descriptors, when } = sample;
    if (memory > MOST_MEMORY) {
      return [{ oracle: 'O11', text: `operator ${instance} takes ${Math.round(memory / 2 ** 20)} MiB` }];
    }
    const earlier = use.find((each) => each.instance === instance && each.when === 'converged');
    if (when !== 'calm' || earlier === undefined || descriptors <= earlier.descriptors + MORE_DESCRIPTORS) return [];
    return [
      { oracle: 'O11', text: `operator ${instance} held ${earlier.descriptors} descriptors, and then ${descriptors}` },
    ];
  });
}
