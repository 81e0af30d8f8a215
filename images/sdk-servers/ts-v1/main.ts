import { createServer } from 'node:http';
import { sdkApp } from './server.ts';

// `stateful` (the default) or `stateless`, PORT (8080), ALLOWED_HOSTS (any).

const mode = process.argv[2] ?? 'stateful';
if (mode !== 'stateful' && mode !== 'stateless') throw new Error(`${mode} is neither stateful nor stateless`);
const app = sdkApp({ stateful: mode === 'stateful', allowedHosts: process.env.ALLOWED_HOSTS?.split(',') });
const server = createServer(app).listen(Number(process.env.PORT ?? 8080), '0.0.0.0');

// Process 1 ends on no signal that it does not handle.
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    server.close();
    // What is open is cut: an event stream would otherwise keep it for ever.
    server.closeAllConnections();
  });
}
