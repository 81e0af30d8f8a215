import { patternRule } from './cel.ts';
import { nameOfA } from './dns-name.ts';
import { env, envFrom, maxStringLength } from './environment.ts';
import { health } from './health.ts';
import { imageMaxLength, imageRules } from './image-reference.ts';
import { resourceRequirements } from './quantity.ts';
import { fields, int32, list, listMap, oneOf, optional, text, withDefault } from './structural.ts';
import { verify } from './verify.ts';

const argument = text({ description: 'One argument.', maxLength: maxStringLength });

/** `spec`: what a person asks for. Plain pass-throughs have the names and the meaning of a core Container's fields. */
export const spec = fields(
  {
    image: text({
      description:
        'Container image of the MCP server, with its tag or digest. Required. Example: ghcr.io/acme/weather:1.2.3 or registry.local:5000/weather@sha256:….',
      maxLength: imageMaxLength,
      rules: imageRules,
    }),
    replicas: withDefault(
      int32({
        description: 'How many pods serve. 0 stops the server and keeps its Service. Default: 1.',
        minimum: 0,
        maximum: 2_147_483_647,
      }),
      1,
    ),
    port: withDefault(
      int32({
        description: "Port that the server listens on, and the Service's port. Default: 8080.",
        minimum: 1,
        maximum: 65_535,
      }),
      8080,
    ),
    path: withDefault(
      text({
        description: 'Path on which MCP is served. With transport SSE: of the event stream, often /sse. Default: /mcp.',
        maxLength: 1024,
        rules: [patternRule('/[!-~]*', 'is not a path', 'start with "/" and leave no spaces, for example /mcp')],
      }),
      '/mcp',
    ),
    transport: withDefault(
      oneOf(['StreamableHTTP', 'SSE'], {
        description:
          'What the server speaks. StreamableHTTP: MCP 2025-03-26 and later. SSE: the HTTP+SSE of MCP 2024-11-05, which is deprecated. Default: StreamableHTTP.',
      }),
      'StreamableHTTP',
    ),
    verify: withDefault(verify, {}),
    sessionAffinity: withDefault(
      oneOf(['Auto', 'ClientIP', 'None'], {
        description:
          'Whether one client always reaches the same pod. Auto: yes for a server that hands out sessions, no for one that does not, as the handshake shows. Default: Auto.',
      }),
      'Auto',
    ),
    secretName: optional(
      nameOfA(
        'Secret',
        'Secret of the same namespace whose keys all become environment variables of the server. Example: weather-credentials.',
      ),
    ),
    resources: optional(resourceRequirements),
    health: withDefault(health, {}),
    command: optional(
      list(argument, {
        description: "The program, instead of the image's entrypoint. Not run in a shell. Example: [node, server.js].",
        maxItems: 1024,
      }),
    ),
    args: optional(
      list(argument, {
        description: "Arguments of the program, instead of the image's. $(NAME) is replaced by a variable of env.",
        maxItems: 1024,
      }),
    ),
    workingDir: optional(
      text({
        description: "Directory that the program starts in. Left out: the image's own. Example: /app.",
        maxLength: 4096,
        rules: [patternRule('/(?:.|\\n)*', 'is not an absolute path', 'start with "/", for example /app')],
      }),
    ),
    env: optional(env),
    envFrom: optional(envFrom),
    imagePullPolicy: optional(
      oneOf(['Always', 'IfNotPresent', 'Never'], {
        description:
          'When the image is pulled. Left out: Always for the tag latest or no tag, else IfNotPresent. Never is for images loaded onto the node.',
      }),
    ),
    imagePullSecrets: optional(
      listMap(
        'name',
        fields(
          { name: nameOfA('Secret', 'Name of the Secret, in the namespace of the MCPServer.') },
          { description: 'One Secret of type kubernetes.io/dockerconfigjson.' },
        ),
        {
          description: 'Secrets with the credentials of private registries. Example: [{name: ghcr}].',
          maxItems: 64,
        },
      ),
    ),
    serviceAccountName: optional(
      nameOfA(
        'ServiceAccount',
        'ServiceAccount that the pods run as. Left out: default, and no token of it is mounted into the pods.',
      ),
    ),
  },
  {
    description: 'What should run. Only image is required.',
    rules: [
      {
        rule: '!(has(self.verify.disabled) && self.verify.disabled && self.health.type == "MCP")',
        message: 'health.type MCP needs verification: remove verify.disabled, or set health.type to HTTP or TCP',
        messageExpression:
          '"health.type " + self.health.type + " needs verification: remove verify.disabled, or set health.type to HTTP or TCP"',
        fieldPath: '.health.type',
      },
    ],
  },
);
