import { literal, matches, type Rule, shown } from './cel.ts';
import { text } from './structural.ts';

/** The forms of name that Kubernetes has (https://kubernetes.io/docs/concepts/overview/working-with-objects/names/). */

/** DNS-1035 label: what a Service may be called. */
export const labelPattern = '[a-z](?:[-a-z0-9]*[a-z0-9])?';
/** DNS-1123 subdomain: what most other objects may be called. */
export const subdomainPattern = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*';

/** On the root of a resource: its name becomes the name of a Service and the value of a label. */
export const resourceNameRule: Rule = {
  rule: `size(self.metadata.name) <= 63 && ${matches('self.metadata.name', labelPattern)}`,
  fieldPath: '.metadata.name',
  message:
    'must be a DNS-1035 label: at most 63 lower-case letters, digits and "-", starting with a letter and not ending with "-"',
  // Without the number of characters: the cost estimate takes string(int) for a string without an upper limit.
  messageExpression: [
    `${shown('self.metadata.name')} + (size(self.metadata.name) > 63`,
    `? ${literal(' is longer than 63 characters: shorten it')}`,
    `: ${literal(' cannot be the name of a Service: use lower-case letters, digits and "-" only (no dots), start with a letter, do not end with "-"')})`,
  ].join(' '),
};

/**
 * The name of another object.
 *
 * @param kind what it names, for the message: `Secret`
 * @param description shown by `kubectl explain`
 */
export function nameOfA(kind: string, description: string) {
  return text({ description, maxLength: 253, rules: [subdomainRule(kind)] });
}

function subdomainRule(kind: string): Rule {
  const form = 'use lower-case letters, digits, "-" and ".", starting and ending with a letter or a digit';
  return {
    rule: matches('self', subdomainPattern),
    message: `must be the name of a ${kind}: ${form}`,
    messageExpression: `${shown()} + ${literal(` cannot be the name of a ${kind}: `)} + (self == "" ? "leave the field out or name one" : ${literal(form)})`,
  };
}
