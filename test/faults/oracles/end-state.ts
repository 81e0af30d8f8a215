import type { Expectation } from '../stage/converged.ts';
import { describeDifference, differencesOf } from '../stage/differences.ts';
import type { Finding, Oracle, ReferenceRuns } from './finding.ts';

/** What both references agree on; where they differ, or the workload leaves it open, nothing can be expected. */
export function expectationOf([first, second]: ReferenceRuns): Expectation {
  const differing = differencesOf(first.endState, second.endState).map(({ path }) => path);
  const masked = new Set([...differing, ...first.varies]);
  return { state: first.endState, masked };
}

/** O1: every field of every object is as in the runs without faults. */
export const sameEndState: Oracle = (references, run) => {
  if (run.stuck !== undefined) return [];
  const { state, masked } = expectationOf(references);
  return differencesOf(state, run.endState, masked).map((difference) => ({
    oracle: 'O1',
    text: describeDifference(difference),
  }));
};

/** O7: every child has an owner, and it is there. */
export const noOrphans: Oracle = (_references, run) =>
  Object.entries(run.endState).flatMap(([name, object]): readonly Finding[] => {
    if (!/^(?:Deployment|Service)\//.test(name)) return [];
    const { labels = {}, owners = [] } = (object as unknown as Child).metadata;
    if (labels['mcp.mcp.dev/server'] === undefined) return [];
    const lost = owners.filter(({ owner }) => owner.endsWith(' of the past'));
    if (owners.length === 0) return [{ oracle: 'O7', text: `${name} has no owner: nobody would ever delete it` }];
    return lost.map(({ owner }) => ({ oracle: 'O7', text: `${name} belongs to ${owner}, which is gone` }));
  });

interface Child {
  readonly metadata: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly owners?: readonly { readonly owner: string }[];
  };
}
