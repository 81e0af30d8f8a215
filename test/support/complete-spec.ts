import type { MCPServerSpec } from '../../src/api/v1alpha1/mcp-server.ts';

/** All of a spec but its image, as the API server fills it in. */
export const completeSpec = {
  replicas: 1,
  port: 8080,
  path: '/mcp',
  transport: 'StreamableHTTP',
  sessionAffinity: 'Auto',
  verify: { interval: '30s', timeout: '5s' },
  health: {
    type: 'Auto',
    path: '/health',
    initialDelaySeconds: 0,
    periodSeconds: 10,
    timeoutSeconds: 5,
    failureThreshold: 3,
  },
} satisfies Omit<MCPServerSpec, 'image'>;
