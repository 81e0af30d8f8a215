/**
 * Validation rules in CEL, the language that the API server itself evaluates at admission
 * (https://kubernetes.io/docs/reference/using-api/cel/).
 *
 * A rule is preferred to a JSON schema `pattern`: the server's message for a pattern is the regular expression, and
 * nobody can mend a manifest by that. Only functions that Kubernetes 1.29 has are used (quantity is the newest).
 */

/** One entry of `x-kubernetes-validations`. */
export interface Rule {
  /** CEL expression over `self`; the value is refused where it is false. */
  readonly rule: string;
  /** The rule in words, without the value: for the docs, and the fallback where `messageExpression` fails. */
  readonly message: string;
  /** CEL expression for the message that the user sees: names the value, what is wrong with it, and the fix. */
  readonly messageExpression: string;
  /** Where the error is said to be, relative to the node of the rule, e.g. `.metadata.name`. Default: the node itself. */
  readonly fieldPath?: string;
}

/** A message for one way to break a rule: used when the CEL expression `when` holds. */
export interface Diagnosis {
  readonly when: string;
  /** CEL string expression. */
  readonly message: string;
}

/**
 * A CEL string literal.
 *
 * @param value any text
 */
export function literal(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

/**
 * A test of a string against a regular expression that must match all of it.
 *
 * @param expression CEL expression of the string
 * @param pattern RE2 syntax, without anchors
 * @throws Error when the pattern has a single quote, which a raw CEL literal cannot hold: write `\x27`
 */
export function matches(expression: string, pattern: string): string {
  if (pattern.includes("'")) throw new Error(`pattern ${pattern} has a single quote: write \\x27`);
  return `${expression}.matches(r'^(?:${pattern})$')`;
}

/**
 * A value as a message shows it: quoted, on one line. (The API server drops a message that has a line break.)
 *
 * @param expression CEL expression of a string
 */
export function shown(expression = 'self'): string {
  return `${literal('"')} + ${expression}.replace("\\n", "\\\\n") + ${literal('"')}`;
}

/**
 * The rule that a string matches a pattern. The user reads: `"VALUE" FAULT: FIX`.
 *
 * @param pattern RE2 syntax, without anchors
 * @param fault what a value is that does not match, e.g. `is not a path`
 * @param fix what to write instead, e.g. `start with "/"`
 */
export function patternRule(pattern: string, fault: string, fix: string): Rule {
  return {
    rule: matches('self', pattern),
    message: fix,
    messageExpression: `${shown()} + ${literal(` ${fault}: ${fix}`)}`,
  };
}

/**
 * The message of the first diagnosis that holds.
 *
 * @param diagnoses from the most specific to the least
 * @param otherwise CEL string expression for when none holds
 */
export function diagnose(diagnoses: readonly Diagnosis[], otherwise: string): string {
  return diagnoses.reduceRight((rest, { when, message }) => `${when} ? ${message} : (${rest})`, otherwise);
}
