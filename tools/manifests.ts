import { alertSpec } from './chart/alerts.ts';
import { chartFiles } from './chart/chart-files.ts';
import { customResourceDefinition } from './crd.ts';
import { type GeneratedFile, publish, repositoryRoot, yamlFile } from './generated-file.ts';
import {
  certificateResources,
  electionResources,
  metricsAuthResources,
  watchedResources,
  webhookConfigurationResources,
} from './operator-rights.ts';
import {
  bindingFor,
  clusterRoleFor,
  metricsReaderRole,
  roleFor,
  rolesFor,
  type ServiceAccountSubject,
  userRoles,
} from './rbac.ts';

/**
 * `npm run manifests`: writes what in config/ and in the chart follows from the schema and the code. `--check` fails when
 * a file is stale. The rest (kustomizations, the Deployment, samples, the chart's templates) is written by hand.
 */

/** The operator's ServiceAccount before kustomize adds prefix and namespace. */
const account: ServiceAccountSubject = { kind: 'ServiceAccount', name: 'controller-manager', namespace: 'system' };

/** The same account as `make deploy` installs it: config/default adds prefix and namespace. */
const deployedAccount: ServiceAccountSubject = {
  kind: 'ServiceAccount',
  name: 'smooth-operator-controller-manager',
  namespace: 'smooth-operator-system',
};

/** Every generated file of config/ and of the chart. */
export function manifests(): readonly GeneratedFile[] {
  const users = userRoles();
  const election = { kind: 'Role', name: 'leader-election-role' } as const;
  return [
    yamlFile('config/crd/bases/mcp.mcp.dev_mcpservers.yaml', customResourceDefinition()),
    yamlFile('config/rbac/role.yaml', clusterRoleFor('manager-role', watchedResources)),
    yamlFile(
      'config/rbac/role_binding.yaml',
      bindingFor({
        name: 'manager-rolebinding',
        role: { kind: 'ClusterRole', name: 'manager-role' },
        subject: account,
      }),
    ),
    yamlFile('config/rbac/leader_election_role.yaml', roleFor(election.name, 'system', electionResources)),
    yamlFile(
      'config/rbac/leader_election_role_binding.yaml',
      bindingFor({ name: 'leader-election-rolebinding', namespace: 'system', role: election, subject: account }),
    ),
    ...servingRoles(),
    yamlFile('config/rbac/mcpserver_admin_role.yaml', users.admin),
    yamlFile('config/rbac/mcpserver_editor_role.yaml', users.editor),
    yamlFile('config/rbac/mcpserver_viewer_role.yaml', users.viewer),
    yamlFile(
      'config/rbac/namespaced/roles.yaml',
      ...rolesFor(['team-a', 'team-b'], {
        name: 'smooth-operator-manager',
        subject: deployedAccount,
        resources: watchedResources,
      }),
    ),
    yamlFile('config/prometheus/rules.yaml', {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: {
        name: 'alerts',
        namespace: 'system',
        labels: { 'app.kubernetes.io/name': 'smooth-operator', 'app.kubernetes.io/managed-by': 'kustomize' },
      },
      spec: alertSpec(),
    }),
    ...chartFiles(),
  ];
}

/** What admission, and metrics that are served securely, need beside the manager's own rights. */
function servingRoles(): readonly GeneratedFile[] {
  const certificate = { kind: 'Role', name: 'webhook-certificate-role' } as const;
  const configuration = { kind: 'ClusterRole', name: 'webhook-configuration-role' } as const;
  const metricsAuth = { kind: 'ClusterRole', name: 'metrics-auth-role' } as const;
  const system = { namespace: 'system', subject: account };
  return [
    yamlFile('config/rbac/webhook_certificate_role.yaml', roleFor(certificate.name, 'system', certificateResources())),
    yamlFile(
      'config/rbac/webhook_certificate_role_binding.yaml',
      bindingFor({ name: 'webhook-certificate-rolebinding', role: certificate, ...system }),
    ),
    yamlFile(
      'config/rbac/webhook_configuration_role.yaml',
      clusterRoleFor(configuration.name, webhookConfigurationResources()),
    ),
    yamlFile(
      'config/rbac/webhook_configuration_role_binding.yaml',
      bindingFor({ name: 'webhook-configuration-rolebinding', role: configuration, subject: account }),
    ),
    yamlFile('config/rbac/metrics_auth_role.yaml', clusterRoleFor(metricsAuth.name, metricsAuthResources)),
    yamlFile(
      'config/rbac/metrics_auth_role_binding.yaml',
      bindingFor({ name: 'metrics-auth-rolebinding', role: metricsAuth, subject: account }),
    ),
    yamlFile('config/rbac/metrics_reader_role.yaml', metricsReaderRole()),
  ];
}

if (import.meta.main) {
  process.exitCode = await publish(manifests(), {
    args: process.argv.slice(2),
    command: 'make manifests',
    root: repositoryRoot,
    print: console.log,
  });
}
