import { createOperator } from '../../src/operator.ts';
import { type OperatorFlags, operatorFlags } from '../../src/operator-flags.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { Connection } from '../../src/runtime/connection.ts';
import { ApiError } from '../../src/runtime/errors.ts';
import { createLogger } from '../../src/runtime/log.ts';

/** What the operator measures, as it says itself. */

/** One family of series. */
export interface MetricFamily {
  readonly name: string;
  /** `counter`, `gauge` or `histogram`. */
  readonly type: string;
  readonly labels: readonly string[];
  readonly help: string;
}

/** What prom-client keeps of a family, as far as it matters here. */
interface Family {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
}

/**
 * Every metric of an operator with all its parts, in the order of their names. The operator is wired and never started,
 * so nothing is sent and nothing listens.
 */
export async function operatorMetrics(): Promise<readonly MetricFamily[]> {
  const log = await createLogger({ level: 'error' });
  const defaults = Object.fromEntries(Object.entries(operatorFlags).map(([name, flag]) => [name, flag.default]));
  const flags = { ...(defaults as OperatorFlags), ...everyPart };
  const { metrics, components } = createOperator({
    connection: nowhere,
    flags,
    clock: systemClock,
    log,
    onFatal: fail,
  });
  const { registry } = metrics;
  try {
    const families = await registry.getMetricsAsJSON();
    return families
      .map(({ name, help, type }) => {
        const single: unknown = registry.getSingleMetric(name);
        const { labelNames = [] } = single as Family;
        return { name, help, type: String(type), labels: [...labelNames] };
      })
      .toSorted((one, two) => (one.name < two.name ? -1 : 1));
  } finally {
    // The event loop's monitor runs from its making.
    for (const part of components) if (part.name === 'event loop monitor') await part.stop?.({ clean: true });
  }
}

/** What has metrics of its own and is off by default. */
const everyPart: Partial<OperatorFlags> = {
  leaderElect: true,
  leaderElectionNamespace: 'smooth-operator-system',
  webhookBindAddress: { host: undefined, port: 9443 },
  metricsSecure: true,
};

const nowhere: Connection = {
  server: new URL('https://127.0.0.1:1'),
  source: 'nowhere',
  namespace: undefined,
  credentials: fail,
  refresh: fail,
};

function fail(): never {
  throw new ApiError('Config', 'an operator that is not started sends nothing');
}
