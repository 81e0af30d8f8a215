import type { StatusCause } from '../runtime/errors.ts';

/**
 * Which field of an MCPServer a field of its child comes from, so that its author reads of what was written and not of
 * what was made of it.
 */

/** A beginning of the child's field, and what stands for it. The first that fits is taken. */
const containerFields: readonly (readonly [RegExp, string])[] = [
  [/^ports\[\d+\](?:\.\w+)?$/, 'spec.port'],
  [/^(?:liveness|readiness|startup)Probe\.httpGet\.path$/, 'spec.health.path'],
  [/^(?:liveness|readiness|startup)Probe(?:\.(?:httpGet|tcpSocket))?\b.*$/, 'spec.health'],
  [/^(?=(?:image|imagePullPolicy|command|args|workingDir|env|resources)\b)/, 'spec.'],
];
const podFields: readonly (readonly [RegExp, string])[] = [[/^(?=(?:serviceAccountName|imagePullSecrets)\b)/, 'spec.']];

const CONTAINER = 'spec.template.spec.containers[0].';
const POD = 'spec.template.spec.';

/**
 * @param field of a Deployment or a Service, as the API server names it
 * @param hasSecret whether `spec.secretName` is set: it comes before all of `spec.envFrom`
 * @returns the MCPServer's field, or the child's own where nothing corresponds
 */
export function serverField(field: string, hasSecret: boolean): string {
  const source = /^spec\.template\.spec\.containers\[0\]\.envFrom\[(\d+)\](.*)$/.exec(field);
  if (source !== null) {
    const index = Number(source[1]) - (hasSecret ? 1 : 0);
    return index < 0 ? 'spec.secretName' : `spec.envFrom[${index}]${source[2]}`;
  }
  if (field.startsWith(CONTAINER)) return translated(field, field.slice(CONTAINER.length), containerFields);
  if (field.startsWith(POD)) return translated(field, field.slice(POD.length), podFields);
  return /^spec\.ports\[\d+\]\.port$/.test(field) ? 'spec.port' : field;
}

/** A cause with the MCPServer's field in it. */
export function serverCause(
  { field = '', message = '', reason }: StatusCause,
  hasSecret: boolean,
): { readonly field: string; readonly message: string; readonly reason?: string } {
  return { field: serverField(field, hasSecret), message, ...(reason === undefined ? {} : { reason }) };
}

function translated(whole: string, rest: string, table: typeof containerFields): string {
  for (const [pattern, replacement] of table) if (pattern.test(rest)) return rest.replace(pattern, replacement);
  return whole;
}
