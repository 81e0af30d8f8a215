import { fields, int64, listMap, oneOf, optional, text, time } from './structural.ts';

/**
 * The standard condition of Kubernetes (metav1.Condition, KEP-1623). Plain `pattern`s here: only the operator writes
 * conditions, so no person has to read the message.
 */
const condition = fields(
  {
    type: {
      ...text({ description: 'What the condition is about: Ready, for example.', maxLength: 316 }),
      pattern:
        '^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$',
    },
    status: oneOf(['True', 'False', 'Unknown'], { description: 'True, False or Unknown.' }),
    observedGeneration: optional(int64('The metadata.generation that the condition speaks of.')),
    lastTransitionTime: time('When the status last changed.'),
    reason: {
      ...text({ description: 'Why, in one CamelCase word that programs can rely on.', maxLength: 1024 }),
      minLength: 1,
      pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$',
    },
    message: text({ description: 'Why, in words: what is wrong, and what to do next.', maxLength: 32_768 }),
  },
  { description: 'One fact about the server.' },
);

/** `status.conditions`. */
export const conditions = listMap('type', condition, {
  description: 'What is known about the server, one condition for each fact. `Ready` sums the others up.',
  maxItems: 32,
});
