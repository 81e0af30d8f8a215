import { literal, type Rule } from './cel.ts';
import { fields, intOrString, mapOf, optional } from './structural.ts';

/** Amounts of resources, as core's ResourceRequirements has them. */

/** CEL: a quantity that may have been written as a number, as a string. */
const written = (value: string) => `string(${value})`;

const quantityRule: Rule = {
  rule: `isQuantity(${written('self')}) && quantity(${written('self')}).sign() >= 0`,
  message: 'must be a quantity that is not negative, for example 500m, 2, 256Mi or 1Gi',
  messageExpression: `${literal('"')} + ${written('self')}.replace("\\n", "\\\\n") + (isQuantity(${written('self')}) ? ${literal('" is negative: write 0 or more, ')} : ${literal('" is not a quantity: write a number and a unit without a space, ')}) + "for example 500m, 2, 256Mi or 1Gi"`,
};

/** An amount: `500m`, `2`, `256Mi`. */
export function quantity(description: string) {
  return intOrString({ description, maxLength: 64, rules: [quantityRule] });
}

/** Core knows these names; any other must be qualified by a domain, such as `nvidia.com/gpu`. */
const resourceName =
  '(?:cpu|memory|ephemeral-storage|hugepages-[0-9]+(?:[KMGTPE]i)?|[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?/[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)';
const unknownNames = `self.filter(name, !name.matches(r'^${resourceName}$'))`;

const resourceNamesRule: Rule = {
  rule: `self.all(name, name.matches(r'^${resourceName}$'))`,
  message:
    'each key must be cpu, memory, ephemeral-storage, hugepages-SIZE, or a name with a domain such as nvidia.com/gpu',
  messageExpression: `${literal('"')} + ${unknownNames}.join(${literal('", "')}) + ${literal('" is not a resource: use cpu, memory, ephemeral-storage, hugepages-SIZE, or a name with a domain such as nvidia.com/gpu')}`,
};

function amounts(description: string) {
  return mapOf(quantity('An amount: 500m, 2, 256Mi.'), {
    description,
    maxProperties: 32,
    rules: [resourceNamesRule],
  });
}

const bothAreQuantities = (name: string) =>
  `isQuantity(string(self.limits[${name}])) && isQuantity(string(self.requests[${name}]))`;
const below = (name: string) =>
  `${bothAreQuantities(name)} && quantity(string(self.limits[${name}])).compareTo(quantity(string(self.requests[${name}]))) < 0`;
const limited = 'self.limits.filter(name, name in self.requests)';

const limitRule: Rule = {
  rule: `!has(self.limits) || !has(self.requests) || self.limits.all(name, !(name in self.requests) || !(${below('name')}))`,
  message: 'a limit must not be below the request of the same name',
  messageExpression: `${limited}.filter(name, ${below('name')}).map(name, "limits." + name + " " + string(self.limits[name]) + " is below requests." + name + " " + string(self.requests[name])).join("; ") + ": raise the limit or lower the request"`,
};

/** Core's ResourceRequirements, without `claims`: those need `resourceClaims` on the pod, which has no field here. */
export const resourceRequirements = fields(
  {
    limits: optional(
      amounts(
        'The most that each container may use. Over its memory limit it is killed; over its cpu limit it is slowed.',
      ),
    ),
    requests: optional(
      amounts('What each container is promised; the scheduler places pods by it. Where left out, the limit counts.'),
    ),
  },
  {
    description:
      "CPU, memory and other resources of the server's container. Example: {requests: {cpu: 100m, memory: 128Mi}, limits: {memory: 256Mi}}. Left out: no request and no limit, unless the namespace has a LimitRange.",
    rules: [limitRule],
  },
);
