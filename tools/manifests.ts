import { alertSpec } from './chart/alerts.ts';
import { chartFiles } from './chart/chart-files.ts';
import { customResourceDefinition } from './crd.ts';
import { type GeneratedFile, publish, repositoryRoot, yamlFile } from './generated-file.ts';
import { electionResources, watchedResources } from './operator-rights.ts';
import { bindingFor, clusterRoleFor, roleFor, rolesFor, type ServiceAccountSubject, userRoles } from './rbac.ts';

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

if (import.meta.main) {
  process.exitCode = await publish(manifests(), {
    args: process.argv.slice(2),
    command: 'make manifests',
    root: repositoryRoot,
    print: console.log,
  });
}
