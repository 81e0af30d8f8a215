import type { TestOperator } from './operator.ts';
import { until } from './until.ts';

/**
 * Waits until an operator has sent nothing, and looked at nothing, for half a second: what it began before is over then.
 * A write is seen before its sender has the answer, and a request counts once it is answered.
 */
export async function atRest(operator: TestOperator): Promise<void> {
  let last = -1;
  await until(
    async () => {
      const now = operator.requests.length + (await reconciles(operator));
      const quiet = now === last;
      last = now;
      return quiet;
    },
    { what: 'the operator to come to rest', intervalMs: 500 },
  );
}

/** How many reconciles there have been. */
export async function reconciles(operator: TestOperator): Promise<number> {
  const lines = (await operator.metrics()).split('\n');
  const counts = lines.filter((line) => line.startsWith('controller_runtime_reconcile_total'));
  return counts.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
