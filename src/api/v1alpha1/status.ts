import { conditions } from './condition.ts';
import { fields, flag, int32, int64, list, oneOf, optional, text } from './structural.ts';

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
    verifiedReplicas: optional(int32({ description: 'Pods that passed the last MCP handshake.', minimum: 0 })),
    server: optional(
      fields(
        {
          name: optional(text({ description: 'What the server calls itself.', maxLength: 256 })),
          version: optional(text({ description: 'Its version, in its own words.', maxLength: 256 })),
          protocolVersion: text({ description: 'The revision of MCP that was agreed on.', maxLength: 64 }),
          stateful: flag('Whether it hands out sessions, so that a client has to reach the same pod each time.'),
          capabilities: optional(
            list(text({ description: 'One capability.', maxLength: 256 }), {
              description: 'What it says it can do, sorted.',
              maxItems: 64,
            }),
          ),
        },
        { description: 'What the server says of itself.' },
      ),
    ),
    tools: optional(
      fields(
        {
          count: int32({ description: 'How many tools it has.', minimum: 0 }),
          names: optional(
            list(text({ description: 'Name of a tool.', maxLength: 256 }), {
              description: 'Their names, sorted; the first 64.',
              maxItems: 64,
            }),
          ),
          hash: text({
            description: 'Changes when a name, a description, a schema or an annotation of any tool does.',
            maxLength: 64,
          }),
        },
        { description: 'The tools that it offers. Absent for a server that offers none.' },
      ),
    ),
    health: optional(
      fields(
        {
          type: oneOf(['HTTP', 'TCP', 'MCP'], { description: 'How the pods are probed.' }),
          image: optional(text({ description: 'The image by which Auto found that it must be MCP.', maxLength: 1024 })),
        },
        { description: 'What health.type comes to. Where Auto has become MCP, it stays so.' },
      ),
    ),
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
          'Where clients in the cluster reach the server. Set while it is Ready. Example: http://weather.default.svc:8080/mcp.',
        maxLength: 2048,
      }),
    ),
    conditions: optional(conditions),
  },
  { description: 'What the operator sees. Written by the operator alone.' },
);
