import { patternRule } from './cel.ts';
import { fields, int32, oneOf, text, withDefault } from './structural.ts';

/** `spec.health`: how the kubelet asks a server whether it is alive and ready. */
export const health = fields(
  {
    type: withDefault(
      oneOf(['Auto', 'HTTP', 'TCP', 'MCP'], {
        description:
          'Auto: HTTP, until it turns out that the path is not served while the port answers MCP; then MCP. HTTP: a GET on health.path must answer 200 to 399. TCP: the port must accept a connection. MCP: the port must accept a connection, and a pod serves only while it answers an MCP handshake. Default: Auto.',
      }),
      'Auto',
    ),
    path: withDefault(
      text({
        description:
          'Path of the GET where health.type is HTTP or Auto. TCP and MCP do not use it. Example: /healthz. Default: /health.',
        maxLength: 1024,
        rules: [patternRule('/[!-~]*', 'is not a path', 'start with "/" and leave out spaces, for example /health')],
      }),
      '/health',
    ),
    initialDelaySeconds: withDefault(
      int32({
        description: 'Seconds from the start of the container to the first probe. Default: 0.',
        minimum: 0,
        maximum: 3600,
      }),
      0,
    ),
    periodSeconds: withDefault(
      int32({
        description:
          'Seconds from one probe to the next, once the server has answered for the first time; until then it is one. Default: 10.',
        minimum: 1,
        maximum: 3600,
      }),
      10,
    ),
    timeoutSeconds: withDefault(
      int32({
        description: 'Seconds until a probe without an answer has failed. Default: 5.',
        minimum: 1,
        maximum: 3600,
      }),
      5,
    ),
    failureThreshold: withDefault(
      int32({
        description:
          'Failed probes in a row until a pod is taken out of the Service. After three times as many its container is restarted. Default: 3.',
        minimum: 1,
        maximum: 1000,
      }),
      3,
    ),
  },
  {
    description:
      'How each pod is seen to be alive and ready. Default: GET /health on the port, or an MCP handshake where that path is not served.',
  },
);
