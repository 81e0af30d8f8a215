import type { MCPServer } from '../api/v1alpha1/mcp-server.ts';
import { movingTag } from './image-tag.ts';

/** What warnings depend on beside the server itself. */
export interface WarningFacts {
  /** Whether a Secret of the server's namespace exists; true when nobody can tell. */
  readonly secretExists: (name: string) => boolean;
}

/** The API server cuts long ones, and all of them together at 4 KiB. */
const MAX_WARNINGS = 8;

/**
 * What will work out differently from what its author may expect, though nothing forbids it. Each names the field, what
 * is the matter, and what to do.
 */
export function warningsFor(server: MCPServer, facts: WarningFacts): readonly string[] {
  const all = [
    ...imageWarnings(server),
    ...secretWarnings(server, facts),
    ...sessionWarnings(server),
    ...credentialWarnings(server),
  ];
  if (all.length <= MAX_WARNINGS) return all;
  return [...all.slice(0, MAX_WARNINGS - 1), `and ${all.length - MAX_WARNINGS + 1} more of the like`];
}

function imageWarnings({ spec }: MCPServer): readonly string[] {
  const tag = movingTag(spec.image);
  if (tag === undefined) return [];
  const what = tag === 'none' ? 'has no tag, which means latest' : 'has the tag latest';
  return [`spec.image ${what}: pods may run different images after a restart; name a version or a digest`];
}

function secretWarnings({ spec }: MCPServer, { secretExists }: WarningFacts): readonly string[] {
  const missing = (field: string, name: string, then: string) =>
    secretExists(name) ? [] : [`${field}: there is no Secret ${name} in this namespace; ${then}`];
  const waits = 'no pod starts until it is there';
  return [
    ...(spec.secretName === undefined ? [] : missing('spec.secretName', spec.secretName, waits)),
    ...(spec.envFrom ?? []).flatMap(({ secretRef }, index) =>
      secretRef === undefined || secretRef.optional ? [] : missing(`spec.envFrom[${index}]`, secretRef.name, waits),
    ),
    ...(spec.env ?? []).flatMap(({ name, valueFrom }) => {
      const ref = valueFrom?.secretKeyRef;
      return ref === undefined || ref.optional ? [] : missing(`spec.env ${name}`, ref.name, waits);
    }),
    ...(spec.imagePullSecrets ?? []).flatMap(({ name }) =>
      missing('spec.imagePullSecrets', name, 'a private image cannot be pulled without it'),
    ),
    ...(spec.verify.auth === undefined
      ? []
      : missing('spec.verify.auth', spec.verify.auth.secretKeyRef.name, 'it is verified without a token until then')),
  ];
}

function sessionWarnings({ spec, status }: MCPServer): readonly string[] {
  if (spec.replicas < 2 || spec.sessionAffinity !== 'None' || status?.server?.stateful !== true) return [];
  return [
    `spec.sessionAffinity is None with ${spec.replicas} replicas, and this server hands out sessions: a client's next request may reach a pod that does not know it; set Auto or ClientIP`,
  ];
}

/** Names that values with this much power go by. */
const credentialName = /(?:^|_)(?:TOKEN|SECRET|PASSWORD|PASSWD|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|CREDENTIALS?)$/i;

/** The value itself is not repeated. */
function credentialWarnings({ spec }: MCPServer): readonly string[] {
  return (spec.env ?? [])
    .filter(
      ({ name, value }) =>
        credentialName.test(name) && value !== undefined && value !== '' && !/^\$\(.*\)$/.test(value),
    )
    .map(
      ({ name }) =>
        `spec.env ${name} looks like a credential, and everybody who may read MCPServers reads it: put it into a Secret, and name that in spec.secretName`,
    );
}
