import { readdirSync, readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { Counter, Gauge, type Registry } from 'prom-client';

/**
 * What every Prometheus client tells about its process, and the little of Node.js that an operator's person looks at.
 *
 * All of it is read when scraped. prom-client's own default set samples the event loop a hundred times a second and
 * observes each garbage collection, which an idle operator would mostly spend its time on.
 *
 * @param procDir where to read file descriptors from; default `/proc/self`. Where it is absent, those metrics are.
 */
export function registerProcessMetrics(registry: Registry, procDir = '/proc/self'): void {
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });

  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Total user and system CPU time spent in seconds.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  gauge(
    'process_start_time_seconds',
    'Start time of the process since unix epoch in seconds.',
    () => performance.timeOrigin / 1000,
  );
  gauge('process_resident_memory_bytes', 'Resident memory size in bytes.', () => process.memoryUsage.rss());
  gauge(
    'nodejs_heap_size_total_bytes',
    'Process heap size from Node.js in bytes.',
    () => process.memoryUsage().heapTotal,
  );
  gauge(
    'nodejs_heap_size_used_bytes',
    'Process heap size used from Node.js in bytes.',
    () => process.memoryUsage().heapUsed,
  );
  gauge('nodejs_external_memory_bytes', 'Node.js external memory size in bytes.', () => process.memoryUsage().external);
  new Gauge({ name: 'nodejs_version_info', help: 'Node.js version info.', labelNames: ['version'], registers }).set(
    { version: process.version },
    1,
  );
  const limit = openFilesLimit(procDir);
  if (limit === undefined) return;
  gauge('process_max_fds', 'Maximum number of open file descriptors.', () => limit);
  // One of them is the descriptor that lists them.
  gauge('process_open_fds', 'Number of open file descriptors.', () => readdirSync(`${procDir}/fd`).length - 1);
}

/** The soft limit of open files, or undefined where there is no proc file system. */
function openFilesLimit(procDir: string): number | undefined {
  try {
    const soft = /^Max open files\s+(\S+)/m.exec(readFileSync(`${procDir}/limits`, 'utf8'))?.[1];
    return soft === undefined || soft === 'unlimited' ? undefined : Number(soft);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
