import type { Resource } from '../resource.ts';
import type { SecretObject } from './certificate-set.ts';
import type { WebhookConfiguration } from './webhook-configuration.ts';

/**
 * The one Secret, in the operator's own namespace, that keeps the serving certificate. The only Secret whose values are
 * watched: it is the operator's own.
 *
 * @param name RBAC grants this one and no other
 */
export function servingSecrets(name: string): Resource<SecretObject> {
  return {
    group: '',
    version: 'v1',
    kind: 'Secret',
    plural: 'secrets',
    namespaced: true,
    // `create`: an apply that creates needs it beside `patch`. `delete`: never sent; the OwnerReferencesPermissionEnforcement
    // admission plugin, which OpenShift has, asks for it before it lets us give a Secret that is there an owner.
    verbs: ['list', 'watch', 'create', 'patch', 'delete'],
    names: [name],
  };
}

/** The one webhook configuration whose `caBundle` is looked after. `get`: how one object of the cluster is read by name. */
export function validatingWebhookConfigurations(name: string): Resource<WebhookConfiguration> {
  return {
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    kind: 'ValidatingWebhookConfiguration',
    plural: 'validatingwebhookconfigurations',
    namespaced: false,
    verbs: ['get', 'watch', 'patch'],
    names: [name],
  };
}
