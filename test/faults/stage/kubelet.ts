import { request } from 'node:https';
import type { PodSpec, PodStatus } from 'kubernetes-types/core/v1.js';
import { readKubeconfig } from '../../../cluster/kubeconfig.ts';
import { SERVER_LABEL } from '../../../src/controller/labels.ts';
import { createLineDecoder } from '../../../src/runtime/line-decoder.ts';
import { reportPod } from '../../support/pretend-kubelet.ts';
import { reportServingPod } from '../../support/serving-pods.ts';
import { adminOf, type Plane } from './plane.ts';

/**
 * What becomes of a namespace's pods. `ready`: each is Ready as soon as it exists. `serving`: each runs at 127.0.0.1 and
 * is Ready when its gates are open. `idle`: nobody runs them.
 */
export type PodManner = 'ready' | 'serving' | 'idle';

/** Plays the kubelet of all namespaces of a plane. */
export interface Kubelet {
  /** Namespaces that it was told nothing of are left alone. */
  behave(namespace: string, manner: PodManner): void;
  forget(namespace: string): void;
  stop(): void;
}

interface Pod {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly deletionTimestamp?: string };
  readonly spec: PodSpec;
  readonly status: PodStatus;
}

/** How soon a watch that ended is opened again, in milliseconds. */
const REOPEN_MS = 100;

/** One watch of all our pods. It ends with the process at the latest. */
export async function startKubelet(plane: Plane, onError: (error: unknown) => void): Promise<Kubelet> {
  const { credentials } = readKubeconfig(await adminOf(plane));
  const identity = 'token' in credentials ? {} : { cert: credentials.certificate, key: credentials.key };
  const authorization = 'token' in credentials ? { authorization: `Bearer ${credentials.token}` } : {};
  const manners = new Map<string, PodManner>();
  let end: (() => void) | undefined;
  let stopped = false;

  /** Begins with all pods that exist, so nothing is lost between two of them. */
  function watch(): void {
    if (stopped) return;
    const url = new URL(`/api/v1/pods?watch=1&labelSelector=${SERVER_LABEL}`, plane.url);
    const call = request(url, { agent: false, ca: plane.ca, headers: { ...authorization }, ...identity });
    const lines = createLineDecoder();
    const again = () => void setTimeout(watch, REOPEN_MS).unref();
    end = () => call.destroy();
    call.on('error', again);
    call.on('response', (response) => {
      response.on('data', (chunk: Buffer) => {
        for (const line of lines.push(chunk)) take(JSON.parse(line));
      });
      response.on('error', () => undefined);
      response.on('end', again);
    });
    call.end();
  }

  function take({ type, object }: { readonly type: string; readonly object: Pod }): void {
    if (type !== 'ADDED' && type !== 'MODIFIED') return;
    const manner = manners.get(object.metadata.namespace);
    if (manner === undefined || manner === 'idle' || object.metadata.deletionTimestamp !== undefined) return;
    serve(plane, object, manner).catch((thrown: unknown) => {
      // Its namespace may have been forgotten, and its pods deleted, since.
      if (manners.has(object.metadata.namespace) && !stopped) onError(thrown);
    });
  }

  watch();
  return {
    behave: (namespace, manner) => void manners.set(namespace, manner),
    forget: (namespace) => void manners.delete(namespace),
    stop() {
      stopped = true;
      end?.();
    },
  };
}

async function serve(plane: Plane, pod: Pod, manner: 'ready' | 'serving'): Promise<void> {
  const { name, namespace } = pod.metadata;
  const isTrue = (type: string) => pod.status.conditions?.some((each) => each.type === type && each.status === 'True');
  const becomes = (...types: readonly string[]) => {
    const lastTransitionTime = new Date().toISOString();
    const conditions = types.map((type) => ({ type, status: 'True', lastTransitionTime }));
    return reportPod(plane, namespace, name, { phase: 'Running', conditions });
  };
  if (manner === 'serving' && !isTrue('ContainersReady')) {
    return reportServingPod(plane, namespace, name, '127.0.0.1');
  }
  if (isTrue('Ready')) return;
  const gates = (pod.spec.readinessGates ?? []).map(({ conditionType }) => conditionType);
  if (manner === 'ready') return becomes('ContainersReady', 'Ready');
  if (gates.every(isTrue)) return becomes('Ready');
}
