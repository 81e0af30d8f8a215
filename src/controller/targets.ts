import type { Verify } from '../api/v1alpha1/mcp-server.ts';
import type { PodTarget, VerifySettings } from '../mcp/verify/verifier.ts';
import { CONTAINER_NAME, PORT_NAME } from './labels.ts';
import { TEMPLATE_LABEL } from './projections.ts';
import type { Pod } from './resources.ts';
import type { Snapshot } from './snapshot.ts';

/** What the verifier is to do for one server. */
export interface Assignment {
  readonly settings: VerifySettings;
  readonly targets: readonly PodTarget[];
}

/**
 * Which pods of a server are to be spoken to, and how.
 *
 * A pod is spoken to as soon as its container runs and it has an address, ready or not: whether it may become ready is
 * what is to be found out.
 *
 * @param tokenVersion the version of the Secret with the token, so that a new token is tried at once
 * @returns undefined when the server is not to be verified
 */
export function assignmentFor(snapshot: Snapshot, tokenVersion: string | undefined): Assignment | undefined {
  const { metadata, spec } = snapshot.server;
  if (spec.verify.disabled === true || metadata.deletionTimestamp !== undefined) return undefined;
  const { path, transport, verify, health, port } = spec;
  return {
    settings: {
      path,
      transport,
      host: `${metadata.name}.${metadata.namespace}.svc:${port}`,
      intervalMs: millisecondsOf(verify.interval),
      timeoutMs: millisecondsOf(verify.timeout),
      healthPath: health.type === 'Auto' ? health.path : undefined,
      credentials: credentialsOf(verify, tokenVersion),
    },
    targets: snapshot.pods.flatMap((pod) => targetOf(pod) ?? []),
  };
}

function targetOf(pod: Pod): PodTarget | undefined {
  const { uid, namespace, name, deletionTimestamp, labels } = pod.metadata;
  const container = pod.spec?.containers?.find((each) => each.name === CONTAINER_NAME);
  const status = pod.status?.containerStatuses?.find((each) => each.name === CONTAINER_NAME);
  // While a port change rolls out, each pod listens on the port of its own template.
  const port = container?.ports?.find((each) => each.name === PORT_NAME)?.containerPort;
  const address = pod.status?.podIP;
  if (uid === undefined || namespace === undefined || deletionTimestamp !== undefined) return undefined;
  if (port === undefined || address === undefined || status?.state?.running === undefined) return undefined;
  const template = labels?.[TEMPLATE_LABEL] ?? '';
  return {
    uid,
    namespace,
    pod: name,
    address,
    port,
    template,
    // One image may be two servers, by its arguments: what is learnt of one must not be believed of the other.
    image: `${container?.image ?? ''} ${template}`,
  };
}

function credentialsOf({ auth }: Verify, tokenVersion: string | undefined): string | undefined {
  if (auth === undefined || tokenVersion === undefined) return undefined;
  return `${auth.secretKeyRef.name}/${auth.secretKeyRef.key}@${tokenVersion}`;
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Milliseconds of a duration that the CRD's rules have accepted: `1m30s`. */
export function millisecondsOf(duration: string): number {
  const parts = [...duration.matchAll(/([\d.]+)(ms|s|m|h)/g)];
  return parts.reduce((sum, [, amount, unit = '']) => sum + Number(amount) * (units[unit] ?? 0), 0);
}
