import type { WatchEvent } from '../../src/runtime/client.ts';
import type { Informer, InformerOptions } from '../../src/runtime/informer.ts';
import { createInformer } from '../../src/runtime/informer.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import type { Resource } from '../../src/runtime/resource.ts';
import type { FakeClock } from './fake-clock.ts';
import { createFakeClock } from './fake-clock.ts';
import type { RecordedLog } from './recorded-log.ts';
import { createRecordedLog } from './recorded-log.ts';
import type { ScriptedClient } from './scripted-watch.ts';
import { createScriptedClient } from './scripted-watch.ts';

/** An informer on a scripted client, and what its tests say of objects and events. */

/** What the informer under test watches. */
export const widgets: Resource = {
  group: 'x.dev',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
  verbs: ['get', 'list', 'watch'],
};

/** An informer that runs, and everything around it. */
export interface World {
  readonly clock: FakeClock;
  readonly client: ScriptedClient;
  readonly informer: Informer<KubeObject>;
  readonly log: RecordedLog;
  /** `kind key before→after` of each change. */
  readonly changes: readonly string[];
  /** Messages of troubles; `ok` when there is none any more. */
  readonly troubles: readonly string[];
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

/** An informer on a scripted client, started after `script`. No jitter: `random` is always 0. */
export function startInformer(
  script: (client: ScriptedClient) => void,
  more: Partial<InformerOptions<KubeObject>> = {},
): World {
  const clock = createFakeClock();
  const client = createScriptedClient(clock);
  const log = createRecordedLog();
  const changes: string[] = [];
  const troubles: string[] = [];
  const stop = new AbortController();
  script(client);
  const informer = createInformer({
    client,
    resource: widgets,
    clock,
    log,
    random: () => 0,
    onTrouble: (error) => troubles.push(error?.message ?? 'ok'),
    ...more,
  });
  informer.onChange((key, before, after, kind) => {
    const versions = [before, after].map((object) => object?.metadata.resourceVersion ?? '');
    changes.push(`${kind} ${key} ${versions.join('→')}`);
  });
  return { clock, client, informer, log, changes, troubles, stop, ended: informer.start(stop.signal) };
}

/** One event of a watch. */
export const event = (type: WatchEvent<KubeObject>['type'], object: KubeObject): WatchEvent<KubeObject> => ({
  type,
  object,
});
/** A bookmark at a version. */
export const bookmark = (resourceVersion: string) => event('BOOKMARK', { metadata: { name: '', resourceVersion } });
/** The cached objects' versions, by name. */
export const versions = (informer: Informer<KubeObject>) =>
  Object.fromEntries(informer.store.list().map((object) => [object.metadata.name, object.metadata.resourceVersion]));
