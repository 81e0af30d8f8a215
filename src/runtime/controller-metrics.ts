import type { Metrics } from './metrics.ts';
import type { QueueHooks, QueueStats } from './queue.ts';
import type { Outcome } from './reconcile-outcome.ts';

/** What controller-runtime calls the priorities: the default one, and that of objects seen at start or resync. */
const priorities = { fresh: '0', background: '-100' } as const;

/**
 * The `workqueue_*` metrics of one controller's queue.
 *
 * @param name the controller's name, which is also the queue's
 * @param stats the queue as it is, asked for at each scrape
 */
export function queueHooks(metrics: Metrics, name: string, stats: () => QueueStats): QueueHooks {
  const labels = { name, controller: name };
  metrics.queueAdds.inc(labels, 0);
  metrics.queueRetries.inc(labels, 0);
  metrics.onScrape(() => {
    const { depth, unfinishedMs, longestMs } = stats();
    metrics.queueDepth.set({ ...labels, priority: priorities.fresh }, depth.fresh);
    metrics.queueDepth.set({ ...labels, priority: priorities.background }, depth.background);
    metrics.unfinishedWork.set(labels, unfinishedMs / 1000);
    metrics.longestRunningProcessor.set(labels, longestMs / 1000);
  });
  return {
    added: () => metrics.queueAdds.inc(labels),
    retried: () => metrics.queueRetries.inc(labels),
    started: (waitedMs) => metrics.queueDuration.observe(labels, waitedMs / 1000),
    finished: (workedMs) => metrics.workDuration.observe(labels, workedMs / 1000),
  };
}

/** Makes every series of a controller exist from the start, so that a rate over the first error is right. */
export function initReconcileMetrics(metrics: Metrics, controller: string, maxConcurrent: number): void {
  for (const result of ['success', 'error', 'requeue', 'requeue_after']) {
    metrics.reconcileTotal.inc({ controller, result }, 0);
  }
  metrics.reconcileErrors.inc({ controller }, 0);
  metrics.terminalReconcileErrors.inc({ controller }, 0);
  metrics.reconcilePanics.inc({ controller }, 0);
  metrics.reconcileTimeouts.inc({ controller }, 0);
  metrics.maxConcurrentReconciles.set({ controller }, maxConcurrent);
  metrics.activeWorkers.set({ controller }, 0);
}

/** A conflict is no error: it is counted as a requeue, and so is a reconcile that this process gave up. */
const results: Readonly<Record<Outcome['kind'], string>> = {
  success: 'success',
  requeue_after: 'requeue_after',
  conflict: 'requeue',
  dropped: 'requeue',
  terminal: 'error',
  error: 'error',
  panic: 'error',
};

/** Counts how a reconcile ended. */
export function countOutcome(metrics: Metrics, controller: string, { kind }: Outcome): void {
  const result = results[kind];
  metrics.reconcileTotal.inc({ controller, result });
  if (result === 'error') metrics.reconcileErrors.inc({ controller });
  if (kind === 'terminal') metrics.terminalReconcileErrors.inc({ controller });
  if (kind === 'panic') metrics.reconcilePanics.inc({ controller });
}
