import type { Actor } from '../stage/actor.ts';
import type { PodManner } from '../stage/kubelet.ts';

/** What a person does, in order. Nothing in it is random, and every wait is for a condition. */
export interface Workload {
  /** The file's name; begins the ids of its plans. */
  readonly name: string;
  /** What is done, in a few words. */
  readonly about: string;
  /** What becomes of pods at the start. Default `ready`. */
  readonly pods?: PodManner;
  /** It takes the operator's rights away for a while: being told so is no error of the operator's. Default: false. */
  readonly losesRights?: boolean;
  /**
   * Places in the end state that the workload itself leaves open, as `differencesOf` names them: two runs without faults may
   * agree on them by chance. Default: none.
   */
  readonly varies?: readonly string[];
  run(actor: Actor): Promise<void>;
}
