import type { Snapshot } from '../snapshot.ts';
import { type ChildVerdict, verdictOn } from '../verdict.ts';
import { type ConditionVerdict, firstOf, type Policy } from './verdict.ts';

/**
 * `Accepted`: can the spec be carried out? False when something outside the spec is in the way; the message names it.
 */
export function accepted(snapshot: Snapshot): ConditionVerdict {
  return firstOf(snapshot, [secretMissing, childInTheWay('Deployment'), childInTheWay('Service')], () => ({
    status: 'True',
    reason: 'Accepted',
    message: 'The spec can be carried out.',
  }));
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
