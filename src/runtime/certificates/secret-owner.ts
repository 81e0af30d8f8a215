import type { OwnerReference } from '../object.ts';
import { apiVersionOf } from '../resource.ts';
import type { SecretObject } from './certificate-set.ts';
import { validatingWebhookConfigurations } from './serving-resources.ts';
import type { WebhookConfiguration } from './webhook-configuration.ts';

/**
 * The Secret belongs to the webhook configuration, so that it goes with it: whoever uninstalls the operator removes the
 * configuration, and knows nothing of a Secret that the operator made. Of all that is installed, the configuration is what
 * the operator reads in any case, and a namespaced object may have an owner of the cluster.
 */

/**
 * What is to be written of owners so that the Secret goes with a configuration. Nothing is blocked by it: that would need
 * a right on the configuration's finalizers.
 */
export function ownedBy({ metadata: { name, uid = '' } }: WebhookConfiguration): OwnerReference {
  const resource = validatingWebhookConfigurations(name);
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, name, uid };
}

/** True when the Secret goes with exactly this configuration: one of the same name that came later is another. */
export function isOwnedBy(secret: SecretObject, { metadata }: WebhookConfiguration): boolean {
  return (secret.metadata.ownerReferences ?? []).some(({ uid }) => uid === metadata.uid);
}

/**
 * The owners of ours that a Secret has. To be written again with everything else: what a server-side apply leaves out, it
 * takes away, and the admission plugin OwnerReferencesPermissionEnforcement looks at every change of owners.
 */
export function ownersOf(secret: SecretObject | undefined): readonly OwnerReference[] {
  const { kind } = validatingWebhookConfigurations('');
  return (secret?.metadata.ownerReferences ?? []).filter((owner) => owner.kind === kind);
}
