/** What the API reference says about conditions. */

/** One condition and the reasons that it can have. */
export interface ConditionReference {
  readonly type: string;
  /** What `True` means. */
  readonly meaning: string;
  /** Default: none are listed. */
  readonly reasons?: readonly { readonly reason: string; readonly meaning: string }[];
}

export const conditionReference: readonly ConditionReference[] = [
  {
    type: 'Accepted',
    meaning:
      'The spec can be carried out: no foreign object is in the way, the Secret exists, nothing refused the objects.',
  },
  { type: 'Available', meaning: 'As many pods as wanted are ready to serve.' },
  { type: 'Progressing', meaning: 'A rollout is under way, or has come to its end. False: it is stuck.' },
  { type: 'Ready', meaning: 'All of the above. This is what `kubectl wait --for=condition=Ready` waits for.' },
];
