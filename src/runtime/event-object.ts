import type { KubeObject } from './object.ts';
import { redact } from './redact.ts';
import { apiVersionOf, type Resource } from './resource.ts';
import { secondsTimestamp } from './seconds-timestamp.ts';
import { limitBytes } from './text-limit.ts';

/** `Normal`: as it should be. `Warning`: somebody may have to do something. */
export type EventType = 'Normal' | 'Warning';

/** core/v1 Event, as far as it is written here. core/v1 because it is what `kubectl describe` shows. */
export interface KubeEvent extends KubeObject {
  readonly involvedObject: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
  };
  readonly type: EventType;
  readonly reason: string;
  readonly message: string;
  /** How often it happened, from the first to the last timestamp (RFC 3339, whole seconds). */
  readonly count: number;
  readonly firstTimestamp: string;
  readonly lastTimestamp: string;
  readonly source: { readonly component: string };
  readonly reportingComponent: string;
  readonly reportingInstance: string;
}

/** What recording needs. */
export const events: Resource<KubeEvent> = {
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
  verbs: ['create', 'patch'],
};

/** The object that an event is about. */
export interface EventSubject {
  readonly resource: Pick<Resource, 'group' | 'version' | 'kind'>;
  readonly metadata: KubeObject['metadata'];
}

/** What happened. */
export interface Happening {
  readonly type: EventType;
  /** CamelCase, one word for a kind of happening. */
  readonly reason: string;
  /** For a person: what happened, and the next thing to do. Cut to 1,024 bytes, the API server's limit. */
  readonly message: string;
}

/** Who says so. */
export interface EventSource {
  /** The program, such as `smooth-operator`. */
  readonly component: string;
  /** This process of it, such as a pod's name. */
  readonly instance: string;
}

/** The namespace that events about an object live in: its own; `default` for one that has none. */
export function eventNamespace(subject: EventSubject): string {
  return subject.metadata.namespace ?? 'default';
}

/** The message as it is sent: no credentials, and not longer than the API server takes. */
export function eventMessage(message: string): string {
  return limitBytes(redact(message), 1_024);
}

/**
 * An event that happened for the first time.
 *
 * @param serial differs from every other event's of this process; together with the time it makes the name unique
 */
export function newEvent(
  subject: EventSubject,
  happening: Happening,
  source: EventSource,
  epochMs: number,
  serial: number,
): KubeEvent {
  const { namespace, name, uid, resourceVersion } = subject.metadata;
  const suffix = `${epochMs.toString(16)}${(serial % 65_536).toString(16).padStart(4, '0')}`;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { namespace: eventNamespace(subject), name: `${name.slice(0, 253 - suffix.length - 1)}.${suffix}` },
    involvedObject: {
      apiVersion: apiVersionOf(subject.resource),
      kind: subject.resource.kind,
      name,
      ...(namespace === undefined ? undefined : { namespace }),
      ...(uid === undefined ? undefined : { uid }),
      ...(resourceVersion === undefined ? undefined : { resourceVersion }),
    },
    ...happening,
    count: 1,
    firstTimestamp: secondsTimestamp(epochMs),
    lastTimestamp: secondsTimestamp(epochMs),
    source: { component: source.component },
    reportingComponent: source.component,
    reportingInstance: source.instance,
  };
}
