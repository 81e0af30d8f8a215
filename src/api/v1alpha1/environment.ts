import { literal, patternRule, type Rule, shown } from './cel.ts';
import { nameOfA } from './dns-name.ts';
import { quantity } from './quantity.ts';
import { fields, flag, list, listMap, optional, text } from './structural.ts';

/**
 * The environment of the server's process: core's EnvVar and EnvFromSource.
 *
 * Left out is `fileKeyRef`, which reads a file of a volume: there is no field for volumes yet.
 */

/** The most that Linux takes in one string of the environment or the arguments (MAX_ARG_STRLEN). */
export const maxStringLength = 131_072;

/** Any printable ASCII but `=`: what core accepts since Kubernetes 1.34 (KEP-4369). */
const variableName = '[ -<>-~]+';

const variableNameRule = patternRule(
  variableName,
  'cannot be the name of a variable',
  'use printable ASCII characters without "=", for example LOG_LEVEL',
);

/** A key of a ConfigMap or a Secret. */
const key = (of: string) =>
  text({
    description: `The key in the ${of}.`,
    maxLength: 253,
    rules: [patternRule('[-._a-zA-Z0-9]+', `cannot be a key of a ${of}`, 'use letters, digits, "-", "_" and "." only')],
  });

const mayBeMissing = (what: string) =>
  optional(flag(`True: start the server also while the ${what} is missing. Left out: it waits for it.`));

/** One key of an object of the same namespace. */
function keyOf(kind: 'ConfigMap' | 'Secret') {
  return fields(
    {
      name: nameOfA(kind, `Name of the ${kind}, in the namespace of the MCPServer.`),
      key: key(kind),
      optional: mayBeMissing(`${kind} or its key`),
    },
    { description: `The value of one key of a ${kind}.` },
  );
}

const podField =
  'metadata\\.(?:name|namespace|uid)|metadata\\.(?:labels|annotations)\\[\\x27[^\\x27]+\\x27\\]|spec\\.(?:nodeName|serviceAccountName)|status\\.(?:hostIPs?|podIPs?)';
const containerResource = '(?:limits|requests)\\.(?:cpu|memory|ephemeral-storage|hugepages-[0-9]+[KMGTPE]i)';

/** That exactly one of some fields is set. */
function exactlyOne(names: readonly string[]): Rule {
  const count = `[${names.map((name) => `has(self.${name})`).join(', ')}].filter(set, set).size()`;
  const set = names.map((name) => `(has(self.${name}) ? " ${name}" : "")`).join(' + ');
  const choice = `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
  return {
    rule: `${count} == 1`,
    message: `exactly one of ${choice} must be set`,
    messageExpression: `${literal(`set exactly one of ${choice}; now it is:`)} + (${count} == 0 ? " none" : ${set})`,
  };
}

const valueFrom = fields(
  {
    fieldRef: optional(
      fields(
        {
          apiVersion: optional(text({ description: 'Version of the Pod schema. Only v1 exists.', maxLength: 16 })),
          fieldPath: text({
            description: "The field. Example: status.podIP, metadata.name or metadata.labels['app'].",
            maxLength: 350,
            rules: [
              patternRule(
                podField,
                'is not a field that a variable can have',
                "use metadata.name, metadata.namespace, metadata.uid, metadata.labels['KEY'], metadata.annotations['KEY'], spec.nodeName, spec.serviceAccountName, status.hostIP, status.hostIPs, status.podIP or status.podIPs",
              ),
            ],
          }),
        },
        { description: 'A field of the pod that the server runs in.' },
      ),
    ),
    resourceFieldRef: optional(
      fields(
        {
          containerName: optional(
            text({ description: "Name of the container. Left out: the server's own.", maxLength: 63 }),
          ),
          resource: text({
            description: 'The amount. Example: limits.memory or requests.cpu.',
            maxLength: 253,
            rules: [
              patternRule(
                containerResource,
                'is not an amount that a container has',
                'use limits.NAME or requests.NAME with cpu, memory, ephemeral-storage or hugepages-SIZE as NAME',
              ),
            ],
          }),
          divisor: optional(quantity('The unit that the amount is given in. Example: 1Mi. Left out: 1.')),
        },
        { description: 'A limit or a request of a container.' },
      ),
    ),
    configMapKeyRef: optional(keyOf('ConfigMap')),
    secretKeyRef: optional(keyOf('Secret')),
  },
  {
    description: 'Where the value comes from, instead of `value`. Exactly one of the fields below.',
    rules: [exactlyOne(['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef'])],
  },
);

const variable = fields(
  {
    name: text({
      description: 'Name of the variable. Example: LOG_LEVEL.',
      maxLength: 1024,
      rules: [variableNameRule],
    }),
    value: optional(
      text({
        description: 'Its value. $(OTHER) is replaced by the value of a variable defined before; $$ is a plain $.',
        maxLength: maxStringLength,
      }),
    ),
    valueFrom: optional(valueFrom),
  },
  {
    description: 'One variable.',
    rules: [
      {
        rule: '!has(self.valueFrom) || !has(self.value) || size(self.value) == 0',
        message: 'value and valueFrom exclude each other: remove one',
        messageExpression: `"variable " + ${shown('self.name')} + " has both value and valueFrom: remove one of them"`,
      },
    ],
  },
);

/** `spec.env`. */
export const env = listMap('name', variable, {
  description:
    'Environment variables of the server. Each name once. They win over variables of the same name from envFrom and secretName.',
  maxItems: 1024,
});

function wholeObject(kind: 'ConfigMap' | 'Secret') {
  return fields(
    {
      name: nameOfA(kind, `Name of the ${kind}, in the namespace of the MCPServer.`),
      optional: mayBeMissing(kind),
    },
    { description: `Every key of this ${kind} becomes a variable.` },
  );
}

/** `spec.envFrom`. */
export const envFrom = list(
  fields(
    {
      prefix: optional(
        text({
          description: 'Put before each name. Example: WEATHER_.',
          maxLength: 1024,
          rules: [
            patternRule(
              '[ -<>-~]*',
              'cannot be a prefix',
              'use printable ASCII characters without "=", for example WEATHER_',
            ),
          ],
        }),
      ),
      configMapRef: optional(wholeObject('ConfigMap')),
      secretRef: optional(wholeObject('Secret')),
    },
    {
      description: 'One source of variables: a ConfigMap or a Secret.',
      rules: [exactlyOne(['configMapRef', 'secretRef'])],
    },
  ),
  {
    description:
      'ConfigMaps and Secrets whose keys all become environment variables. Of two with the same name, the later one counts. For a single Secret, secretName is shorter.',
    maxItems: 128,
  },
);
