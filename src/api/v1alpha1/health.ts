import { patternRule } from './cel.ts';
import { fields, int32, oneOf, text, withDefault } from './structural.ts';

/** `spec.health`: how the kubelet asks a server whether it is alive and ready. */
export const health = fields(
  {
    type: withDefault(
      oneOf(['HTTP', 'TCP'], {
        description:
          'HTTP: a GET on health.path must answer 200 to 399. TCP: the port must accept a connection; for servers without a health endpoint. Default: HTTP.',
      }),
      'HTTP',
    ),
    path: withDefault(
      text({
        description:
          'Path of the GET where health.type is HTTP. TCP does not use it. Example: /healthz. Default: /health.',
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
      'How each pod is probed for liveness and readiness. Default: GET /health on the port, every 10 seconds. A server without such a path needs {type: TCP}.',
  },
);
