import type { Rule } from './cel.ts';
import { literal, shown } from './cel.ts';
import { text } from './structural.ts';

/**
 * A length of time as Kubernetes writes it (metav1.Duration): `30s`, `1m30s`.
 *
 * @param description for `kubectl explain`
 * @param atLeast the shortest, written the same way
 * @param atMost the longest
 */
export function durationText(description: string, atLeast: string, atMost: string) {
  return text({ description, maxLength: 32, rules: [rangeRule(atLeast, atMost)] });
}

function rangeRule(atLeast: string, atMost: string): Rule {
  const fix = `a duration from ${atLeast} to ${atMost}, for example 30s or 1m30s`;
  const isDuration = `self.matches(r'^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$')`;
  return {
    rule: `${isDuration} && duration(self) >= duration(${literal(atLeast)}) && duration(self) <= duration(${literal(atMost)})`,
    message: fix,
    messageExpression: `${shown()} + ${literal(` is not ${fix}`)}`,
  };
}
