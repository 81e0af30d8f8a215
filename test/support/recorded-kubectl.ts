import { ClusterError } from '../../cluster/cluster-error.ts';
import type { RunResult } from '../../cluster/process/run.ts';
import type { Kubectl } from '../../tools/kubectl.ts';

/** A kubectl that only writes down how it was called. */
export interface RecordedKubectl extends Kubectl {
  /** The command lines, in order. */
  readonly calls: string[];
}

/** What a recorded kubectl answers. */
export interface RecordedKubectlOptions {
  /** What `ask` prints, for command lines that match. Default: nothing, with success. */
  readonly answers?: readonly (readonly [RegExp, Partial<RunResult>])[];
  /** Command lines that `show` fails for. Default: none. */
  readonly failing?: RegExp;
  readonly runsPods?: boolean;
}

/** For tests of what is asked of kubectl; what comes of it is tested on a real API server. */
export function recordedKubectl(options: RecordedKubectlOptions = {}): RecordedKubectl {
  const { answers = [], failing, runsPods = true } = options;
  const calls: string[] = [];
  return {
    calls,
    target: { kubeconfig: '/k', from: 'KUBECONFIG=/k', isLocal: false, runsPods },
    async show(...args) {
      const call = args.join(' ');
      calls.push(call);
      if (failing?.test(call)) throw new ClusterError('CommandFailed', `kubectl ${call} failed`);
    },
    async ask(...args) {
      const call = args.join(' ');
      calls.push(call);
      const answer = answers.find(([pattern]) => pattern.test(call))?.[1];
      return { code: 0, stdout: '', stderr: '', ...answer };
    },
  };
}
