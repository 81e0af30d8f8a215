import { eachOf } from './each-of.ts';
import { fill } from './fill.ts';
import type { Stage } from './stage.ts';

/** What the harness sends: as users do, as the controllers of Kubernetes do, as somebody's `kubectl delete` does. */

const MERGE = 'application/merge-patch+json';

/** Creates one resource. */
export function create({ adapter, api, namespace }: Stage, name: string): Promise<string> {
  const { resource, template } = adapter;
  return api.send('POST', collectionPath(resource, namespace), fill(template, { name, namespace }));
}

/** Creates them all. */
export const createAll = (stage: Stage): Promise<void> =>
  eachOf(stage.names, stage.inFlight, (name) => create(stage, name));

/** Writes the status of each workload, as its controller would once all pods are there. */
export function makeAvailable(stage: Stage, status: object): Promise<void> {
  const { api, inFlight, names } = stage;
  return eachOf(names, inFlight, (name) => {
    const generation = stage.tracker.sight(name).children[0]?.metadata.generation ?? 1;
    const filled = withNumbers(fill(status, { generation }));
    return api.send('PATCH', `${childPath(stage, 0, name)}/status`, { status: filled }, MERGE);
  });
}

/** Changes each resource. */
export function changeAll({ adapter, api, inFlight, names, namespace }: Stage, patch: object): Promise<void> {
  const path = collectionPath(adapter.resource, namespace);
  return eachOf(names, inFlight, (name) =>
    api.send('PATCH', `${path}/${name}`, fill(patch, { name, namespace }), MERGE),
  );
}

/** Deletes every child of every resource. */
export function deleteChildren(stage: Stage): Promise<void> {
  return eachOf(stage.names, stage.inFlight, async (name) => {
    for (const index of stage.adapter.children.keys()) await stage.api.send('DELETE', childPath(stage, index, name));
  });
}

/** Deletes resources, and then what they had: nobody else does, as no garbage collector runs. */
export async function removeAll(
  stage: Stage,
  names: readonly string[],
  betweenMs: number,
  pause: (ms: number) => Promise<void>,
): Promise<void> {
  const path = collectionPath(stage.adapter.resource, stage.namespace);
  await eachOf(names, stage.inFlight, (name) => stage.api.send('DELETE', `${path}/${name}`));
  await pause(betweenMs);
  await eachOf(names, stage.inFlight, async (name) => {
    for (const index of stage.adapter.children.keys()) await stage.api.send('DELETE', childPath(stage, index, name));
  });
}

/** The path of a collection in a namespace. */
export function collectionPath({ api, plural }: { readonly api: string; readonly plural: string }, namespace: string) {
  return `${api}/namespaces/${namespace}/${plural}`;
}

function childPath({ adapter, namespace }: Stage, index: number, name: string): string {
  const child = adapter.children[index];
  if (child === undefined) throw new RangeError(`${adapter.name} has no child number ${index}`);
  return `${collectionPath(child, namespace)}/${fill(child.name, { name })}`;
}

/** A placeholder that stood for a number has become a text: `"3"` is no `observedGeneration`. */
function withNumbers(status: object): object {
  const { observedGeneration, ...rest } = status as { readonly observedGeneration?: unknown };
  return observedGeneration === undefined ? rest : { ...rest, observedGeneration: Number(observedGeneration) };
}
