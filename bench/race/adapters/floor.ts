import type { Adapter } from '../adapter.ts';
import { smoothOperator } from './smooth-operator.ts';

/**
 * The yardstick: the same resources, the same children, the same status as the operator's.
 *
 * @param args what follows `node`
 */
export function floor(args: readonly string[]): Adapter {
  return {
    ...smoothOperator([]),
    name: 'floor',
    command: ['{node}', ...args, '--kubeconfig={kubeconfig}'],
    ready: { line: 'ready' },
  };
}
