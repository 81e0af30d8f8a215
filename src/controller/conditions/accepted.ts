import type { Snapshot } from '../snapshot.ts';
import { type ChildVerdict, verdictOn } from '../verdict.ts';
import { type ConditionVerdict, firstOf, type Policy } from './verdict.ts';

const yes: ConditionVerdict = { status: 'True', reason: 'Accepted', message: 'The spec can be carried out.' };

/**
 * `Accepted`: can the spec be carried out? False when something outside the spec is in the way; the message names it.
 */
export function accepted(snapshot: Snapshot): ConditionVerdict {
  const verdict = firstOf(snapshot, [secretMissing, childInTheWay('Deployment'), childInTheWay('Service')], () => yes);
  // A Service is taken back for what is in the way of its Deployment: without that, there is nothing to tell.
  const refusal = snapshot.refusals.Gate ?? (verdict === yes ? undefined : snapshot.refusals.TakeBack);
  if (refusal === undefined) return verdict;
  // Neither mends the other, so both are told; and first what somebody who installs operators has to mend.
  const message = verdict === yes ? refusal.message : `${refusal.message} ${verdict.message}`;
  return { status: 'False', reason: refusal.reason, message };
}

const secretMissing: Policy<Snapshot> = ({ server, secretExists }) => {
  if (secretExists) return undefined;
  const { namespace } = server.metadata;
  const { secretName } = server.spec;
  return {
    status: 'False',
    reason: 'SecretNotFound',
    message: `Secret ${secretName} does not exist in namespace ${namespace}. Create it (kubectl create secret generic ${secretName} -n ${namespace} --from-literal=KEY=VALUE), or remove spec.secretName.`,
  };
};

function childInTheWay(kind: 'Deployment' | 'Service'): Policy<Snapshot> {
  return (snapshot) => {
    const { verdict }: ChildVerdict = verdictOn(snapshot, kind);
    if (verdict.type === 'foreign') return { status: 'False', reason: 'ForeignObject', message: verdict.message };
    if (verdict.type === 'wait') return { status: 'Unknown', reason: 'WaitingForDeletion', message: verdict.message };
    if (verdict.type !== 'refused') return undefined;
    const { reason, message } = verdict.refusal;
    return { status: 'False', reason, message };
  };
}
