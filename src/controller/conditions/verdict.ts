/** What a policy says of one condition, before times and generations are added. */
export interface ConditionVerdict {
  readonly status: 'True' | 'False' | 'Unknown';
  /** CamelCase; part of the API: `docs/api.md` lists every one. */
  readonly reason: string;
  /** What is wrong and the next thing to do. Holds no number that moves by itself. */
  readonly message: string;
}

/** Looks at one thing. Says nothing when that thing is in order, or is not what is to be told. */
export type Policy<Input> = (input: Input) => ConditionVerdict | undefined;

/**
 * The first policy that speaks decides: the order of a chain is the order of what matters most to a reader.
 *
 * @param policies in order of importance
 * @param otherwise the verdict when none speaks
 */
export function firstOf<Input>(
  input: Input,
  policies: readonly Policy<Input>[],
  otherwise: (input: Input) => ConditionVerdict,
): ConditionVerdict {
  for (const policy of policies) {
    const verdict = policy(input);
    if (verdict !== undefined) return verdict;
  }
  return otherwise(input);
}
