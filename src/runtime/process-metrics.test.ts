import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Registry } from 'prom-client';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { registerProcessMetrics } from './process-metrics.ts';

async function scrape(registry: Registry): Promise<Record<string, number>> {
  const text = await registry.metrics();
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    samples.map((line) => [line.replace(/(\{.*\})? \S+$/, ''), Number(line.split(' ').at(-1))]),
  );
}

/** Something that looks like /proc/self. */
async function fakeProc(dir: string, limits: string, files: number): Promise<string> {
  await mkdir(join(dir, 'fd'));
  for (let file = 0; file < files; file += 1) await writeFile(join(dir, 'fd', String(file)), '');
  await writeFile(join(dir, 'limits'), limits);
  return dir;
}

describe('process metrics', () => {
  test('tell memory, processor time and start of this process', async () => {
    const registry = new Registry();
    registerProcessMetrics(registry);
    const values = await scrape(registry);
    const rss = process.memoryUsage.rss();
    assert.ok(Math.abs((values.process_resident_memory_bytes ?? 0) - rss) < rss / 2);
    const { user, system } = process.cpuUsage();
    const cpu = values.process_cpu_seconds_total ?? 0;
    assert.ok(cpu > 0 && cpu <= (user + system) / 1e6);
    const start = values.process_start_time_seconds ?? 0;
    assert.ok(start <= Date.now() / 1000 && start > Date.now() / 1000 - 24 * 3_600);
    assert.ok((values.nodejs_heap_size_used_bytes ?? 0) > 1e6);
    assert.ok((values.nodejs_heap_size_total_bytes ?? 0) > 1e6);
    assert.ok((values.nodejs_external_memory_bytes ?? 0) > 0);
    assert.match(await registry.metrics(), new RegExp(`nodejs_version_info\\{version="${process.version}"\\} 1`));
  });

  test('processor time is the total at each scrape, not a sum of totals', async () => {
    const registry = new Registry();
    registerProcessMetrics(registry);
    await scrape(registry);
    const second = (await scrape(registry)).process_cpu_seconds_total ?? 0;
    const { user, system } = process.cpuUsage();
    assert.ok(second <= (user + system) / 1e6, `${second} s of ${(user + system) / 1e6}`);
  });

  test('count open files against their limit, where there is a proc file system', async (t) => {
    const limits = 'Limit            Soft Limit Hard Limit Units\nMax open files   1024       524288     files\n';
    const registry = new Registry();
    registerProcessMetrics(registry, await fakeProc(await temporaryDirectory(t), limits, 5));
    const values = await scrape(registry);
    assert.equal(values.process_max_fds, 1_024);
    assert.equal(values.process_open_fds, 4, 'without the one that lists them');
  });

  test('leave files out where there is none, or no limit', async (t) => {
    const dir = await temporaryDirectory(t);
    for (const proc of [join(dir, 'absent'), await fakeProc(dir, 'Max open files unlimited unlimited files\n', 2)]) {
      const registry = new Registry();
      registerProcessMetrics(registry, proc);
      const values = await scrape(registry);
      assert.equal(values.process_max_fds, undefined);
      assert.equal(values.process_open_fds, undefined);
      assert.ok(values.process_resident_memory_bytes);
    }
  });

  test('do not swallow an unexpected error', async (t) => {
    const dir = await temporaryDirectory(t);
    await mkdir(join(dir, 'limits'));
    assert.throws(() => registerProcessMetrics(new Registry(), dir), /EISDIR/);
  });
});
