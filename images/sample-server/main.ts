import { systemClock } from '../../src/runtime/clock.ts';
import { jsonLog } from './log.ts';
import { startServer } from './server.ts';
import { readSettings, SettingsError } from './settings.ts';

// A small MCP server to try the operator with: MCP at /mcp, health at /health, settings in settings.ts.

const log = jsonLog((line) => process.stdout.write(line));

try {
  const server = await startServer(readSettings(process.env), { clock: systemClock, log });
  const stop = (signal: NodeJS.Signals) => {
    log('stopping', { signal });
    // Nothing is left to do after this, so the process ends by itself.
    void server.close().then(() => log('stopped'));
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
  // Last: who reads this may end it at once, and then it has to hear of that.
  log('listening', { port: server.port });
} catch (thrown) {
  log('failed to start', { error: thrown instanceof Error ? thrown.message : String(thrown) });
  process.exitCode = thrown instanceof SettingsError ? 2 : 1;
}
