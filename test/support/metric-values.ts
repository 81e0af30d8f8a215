import type { Metrics } from '../../src/runtime/metrics.ts';

/**
 * The samples of a scrape, as Prometheus reads them: `name{label="value"}` to number.
 *
 * @param name the metric's name; for a histogram its samples end in `_bucket`, `_sum` and `_count`
 */
export async function metricValues(metrics: Pick<Metrics, 'expose'>, name: string): Promise<Record<string, number>> {
  const { body } = await metrics.expose();
  const values: Record<string, number> = {};
  for (const line of body.split('\n')) {
    const match = /^(\w+)(\{.*\})? (\S+)$/.exec(line);
    if (match?.[1] === name) values[match[2] ?? ''] = Number(match[3]);
  }
  return values;
}
