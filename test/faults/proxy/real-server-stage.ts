import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { Client } from '../../../src/runtime/client.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import type { Informer } from '../../../src/runtime/informer.ts';
import { createInformer } from '../../../src/runtime/informer.ts';
import type { TestControlPlane } from '../../support/control-plane.ts';
import { createRecordedLog } from '../../support/recorded-log.ts';
import type { ConfigMap } from '../../support/test-resources.ts';
import { clientOf, configMaps } from '../../support/test-resources.ts';
import { until } from '../../support/until.ts';
import { startFaultProxy } from './fault-proxy.ts';
import type { FaultProxy, FaultProxyOptions } from './proxy-contract.ts';

/** The operator's own client and informer behind a proxy, and the real API server behind that. */
export interface RealStage {
  readonly proxy: FaultProxy;
  readonly namespace: string;
  readonly client: Client;
  /** What is stored, asked past the proxy: `name=value` each, sorted. */
  stored(): Promise<readonly string[]>;
  /** Writes past the proxy. */
  put(name: string, value: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** An informer of the namespace's ConfigMaps, synced, and what it told: `update a=2`. */
  follow(): Promise<Following>;
}

/** An informer that runs. */
export interface Following {
  readonly informer: Informer<ConfigMap>;
  readonly changes: readonly string[];
  /** `name=value` of what is in its cache, sorted. */
  cached(): readonly string[];
  stop(): Promise<void>;
}

const labels = { app: 'faults' };
const labelSelector = 'app=faults';

/** A namespace, a user of its own, a proxy and a client. */
export async function createRealStage(
  plane: TestControlPlane,
  options: Partial<FaultProxyOptions> = {},
  timeoutMs = 5_000,
): Promise<RealStage> {
  const namespace = await plane.createNamespace();
  const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];
  const { token } = await plane.createUser(namespace, {
    rules: [{ verbs, apiGroups: [''], resources: ['configmaps'] }],
  });
  const proxy = await startFaultProxy({ target: { url: plane.url, ca: plane.ca }, ...options });
  after(() => proxy.close());
  const directory = await mkdtemp(join(tmpdir(), 'fault-proxy-'));
  after(() => rm(directory, { recursive: true, force: true }));
  const kubeconfig = join(directory, 'kubeconfig');
  await proxy.writeKubeconfig(kubeconfig, { token, namespace });
  const client = await clientOf(kubeconfig, { timeoutMs });
  after(() => client.close());
  const collection = `/api/v1/namespaces/${namespace}/configmaps`;

  return {
    proxy,
    namespace,
    client,
    async stored() {
      const list = await plane.send<{ readonly items: readonly ConfigMap[] }>(
        'GET',
        `${collection}?labelSelector=${labelSelector}`,
      );
      return list.items.map(textOf).sort();
    },
    async put(name, value) {
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels }, data: { value } };
      await plane.send(
        'PATCH',
        `${collection}/${name}?fieldManager=test&force=true`,
        object,
        'application/apply-patch+yaml',
      );
    },
    async remove(name) {
      await plane.send('DELETE', `${collection}/${name}`);
    },
    async follow() {
      const changes: string[] = [];
      const informer = createInformer<ConfigMap>({
        client,
        resource: configMaps,
        selections: [{ namespace }],
        labelSelector,
        clock: systemClock,
        log: createRecordedLog(),
        // The shortest of all waits.
        random: () => 0,
      });
      informer.onChange((_key, before, now, kind) => changes.push(`${kind} ${textOf(now ?? before)}`));
      const giveUp = new AbortController();
      const ended = informer.start(giveUp.signal);
      const stop = async () => {
        giveUp.abort();
        await ended;
      };
      after(stop);
      await informer.synced();
      // Lists come first: without a watch the next change would be part of one.
      await until(() => proxy.trace.some((entry) => entry.kind === 'request' && entry.verb === 'watch'), {
        what: 'the first watch',
        intervalMs: 5,
      });
      return { informer, changes, cached: () => informer.store.list().map(textOf).sort(), stop };
    },
  };
}

/** A ConfigMap to be applied through the proxy. */
export function labelled(namespace: string, name: string, value: string): ConfigMap {
  return { metadata: { namespace, name, labels }, data: { value } };
}

function textOf(object: ConfigMap | undefined): string {
  return `${object?.metadata.name}=${object?.data?.value}`;
}
