import { stringify } from 'yaml';
import { customResourceDefinition } from '../crd.ts';
import type { GeneratedFile } from '../generated-file.ts';
import {
  certificateResources,
  electionResources,
  metricsAuthResources,
  watchedResources,
  webhookConfigurationResources,
} from '../operator-rights.ts';
import { metricsReaderRole, type PolicyRule, roleFor, rulesFor, userRoles } from '../rbac.ts';
import { alertSpec } from './alerts.ts';
import { dashboard } from './dashboard.ts';

/**
 * What in the chart follows from the schema and the code: parts of objects, which the templates put into their places
 * with `.Files.Get`. So what is made from a declaration is never a template, and what is a template is written by hand.
 */

/** Where the chart is, relative to the root of the repository. */
export const chartDirectory = 'charts/smooth-operator';

/** Every generated file of the chart's `files/`. */
export function chartFiles(): readonly GeneratedFile[] {
  const users = userRoles();
  return [
    part('crd-spec.yaml', { spec: customResourceDefinition().spec }),
    part('manager-rules.yaml', rulesFor(watchedResources)),
    part('namespace-rules.yaml', roleFor('manager', 'any', watchedResources).rules),
    part('leader-election-rules.yaml', rulesFor(electionResources)),
    // The templates put the release's names in the place of these.
    part('webhook-certificate-rules.yaml', rulesFor(certificateResources('SECRET_NAME'))),
    part('webhook-configuration-rules.yaml', rulesFor(webhookConfigurationResources('CONFIGURATION_NAME'))),
    part('metrics-auth-rules.yaml', rulesFor(metricsAuthResources)),
    part('metrics-reader-rules.yaml', metricsReaderRole().rules),
    ...(['admin', 'editor', 'viewer'] as const).map((name) => part(`mcpserver-${name}-rules.yaml`, users[name].rules)),
    part('alerts-spec.yaml', { spec: alertSpec() }),
    { path: `${chartDirectory}/files/dashboard.json`, content: `${JSON.stringify(dashboard(), null, 2)}\n` },
  ];
}

/** No comment in front, unlike files of their own: it would stand in the middle of every rendered object. */
function part(name: string, content: object | readonly PolicyRule[]): GeneratedFile {
  const text = stringify(content, { lineWidth: 0, aliasDuplicateObjects: false });
  return { path: `${chartDirectory}/files/${name}`, content: text };
}
