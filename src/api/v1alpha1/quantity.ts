import { literal, matches, type Rule, shown } from './cel.ts';
import { fields, intOrString, mapOf, optional } from './structural.ts';

/** Amounts of resources, as core's ResourceRequirements has them. */

/** CEL: a quantity that may have been written as a number, as a string. */
const written = (value: string) => `string(${value})`;

const examples = 'for example 500m, 2, 256Mi or 1Gi';

const quantityRule: Rule = {
  rule: `isQuantity(${written('self')}) && !quantity(${written('self')}).isLessThan(quantity("0"))`,
  message: `must be a quantity that is not negative, ${examples}`,
  messageExpression: `${shown(written('self'))} + (isQuantity(${written('self')}) ? " is negative: write 0 or more, " : " is not a quantity: write a number with its unit right after it, ") + ${literal(examples)}`,
};

/** An amount: `500m`, `2`, `256Mi`. */
export function quantity(description: string) {
  return intOrString({ description, maxLength: 64, rules: [quantityRule] });
}

/** Core knows these names; any other must be qualified by a domain, such as `nvidia.com/gpu`. */
const resourceName =
  '(?:cpu|memory|ephemeral-storage|hugepages-[0-9]+(?:[KMGTPE]i)?|[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?/[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)';
const resourceNames = 'cpu, memory, ephemeral-storage, hugepages-SIZE, or a name with a domain such as nvidia.com/gpu';

// The messages name one culprit: to join them all would cost more than the API server allows, since the keys of a map
// have no upper limit that it knows of.
const resourceNamesRule: Rule = {
  rule: `self.all(name, ${matches('name', resourceName)})`,
  message: `each key must be ${resourceNames}`,
  messageExpression: `${literal('"')} + self.filter(name, !${matches('name', resourceName)})[0] + ${literal(`" is not a resource: use ${resourceNames}`)}`,
};

function amounts(description: string) {
  return mapOf(quantity('An amount: 500m, 2, 256Mi.'), {
    description,
    maxProperties: 32,
    rules: [resourceNamesRule],
  });
}

const amount = (of: string) => `string(self.${of}[name])`;
/** CEL: that both are set and the limit is the lower one. What is no quantity has its own message. */
const below = [
  'name in self.requests',
  `isQuantity(${amount('limits')})`,
  `isQuantity(${amount('requests')})`,
  `quantity(${amount('limits')}).isLessThan(quantity(${amount('requests')}))`,
].join(' && ');

const limitRule: Rule = {
  rule: `!has(self.limits) || !has(self.requests) || !self.limits.exists(name, ${below})`,
  message: 'a limit must not be below the request of the same name: raise the limit or lower the request',
  messageExpression: `self.limits.filter(name, ${below}).map(name, "limits." + name + " " + ${amount('limits')} + " is below requests." + name + " " + ${amount('requests')})[0] + ": raise the limit or lower the request"`,
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
