import { nameOfA } from './dns-name.ts';
import { durationText } from './duration.ts';
import { fields, flag, list, optional, text, withDefault } from './structural.ts';

/** `spec.verify`: how the operator speaks MCP to each pod. */
export const verify = fields(
  {
    disabled: optional(
      flag(
        'True: never speak to the pods. Ready then says no more than that they are available, and health.type MCP is not possible. Default: false.',
      ),
    ),
    interval: withDefault(
      durationText(
        'Time from one handshake with a pod to the next. A pod that fails is asked more often. Default: 30s.',
        '5s',
        '24h',
      ),
      '30s',
    ),
    timeout: withDefault(durationText('Time that a whole handshake may take. Default: 5s.', '100ms', '60s'), '5s'),
    auth: optional(
      fields(
        {
          secretKeyRef: fields(
            {
              name: nameOfA('Secret', 'Name of the Secret, in the namespace of the MCPServer.'),
              key: text({ description: 'The key in it whose value is the token.', maxLength: 253 }),
            },
            { description: 'Where the token is.' },
          ),
        },
        {
          description:
            'Bearer token that the operator sends when it verifies. Without it a server that wants credentials is Verified=Unknown, AuthRequired.',
        },
      ),
    ),
    expectTools: optional(
      list(text({ description: 'Name of a tool.', maxLength: 256 }), {
        description:
          'Tools that the server must have. One that is missing is Verified=False, MissingTools. Example: [get_forecast].',
        maxItems: 256,
      }),
    ),
  },
  {
    description:
      'How the operator speaks MCP to each pod: a handshake and a list of the tools, which are never called. Default: every 30 seconds.',
  },
);
