import { conditions } from './condition.ts';
import { fields, int32, int64, oneOf, optional, text } from './structural.ts';

/** `status`: what the operator sees. Every field is optional, since a new object has none of them. */
export const status = fields(
  {
    observedGeneration: optional(
      int64('The metadata.generation that this status was made from. Lower than the current one: not up to date yet.'),
    ),
    phase: optional(
      oneOf(['Pending', 'Running', 'Failed', 'Stopped'], {
        description:
          'Pending: not all wanted replicas are available yet. Running: all are. Failed: it will not go on without a change; the conditions say why. Stopped: replicas is 0.',
      }),
    ),
    availableReplicas: optional(int32({ description: 'Pods that are ready to serve.', minimum: 0 })),
    replicas: optional(int32({ description: 'Pods that exist, ready or not. Read by kubectl scale.', minimum: 0 })),
    selector: optional(
      text({
        description: 'Label selector of the pods. Read by autoscalers through the scale subresource.',
        maxLength: 1024,
      }),
    ),
    url: optional(
      text({
        description:
          'Where clients in the cluster reach the server. Set while it is available. Example: http://weather.default.svc:8080/mcp.',
        maxLength: 2048,
      }),
    ),
    conditions: optional(conditions),
  },
  { description: 'What the operator sees. Written by the operator alone.' },
);
