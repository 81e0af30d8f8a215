import { controllerResources } from '../src/controller/resources.ts';
import { subjectAccessReviews, tokenReviews } from '../src/runtime/access-reviews.ts';
import { servingSecrets, validatingWebhookConfigurations } from '../src/runtime/certificates/serving-resources.ts';
import { events } from '../src/runtime/event-object.ts';
import { leases } from '../src/runtime/lease.ts';
import type { Resource } from '../src/runtime/resource.ts';
import { servingNames } from '../src/serving-names.ts';

/** What the operator's rights are made from. */

/** Needed in every watched namespace. */
export const watchedResources: readonly Resource[] = [...controllerResources, events];

/** Needed in the operator's own namespace, for leader election. */
export const electionResources: readonly Resource[] = [leases];

/**
 * Needed in the operator's own namespace, to serve with a certificate of its own.
 *
 * @param secret the Secret's name, where it is not the default
 */
export function certificateResources(secret: string = servingNames.secret): readonly Resource[] {
  return [servingSecrets(secret)];
}

/**
 * Needed cluster-wide, so that the API server trusts that certificate.
 *
 * @param configuration its name, where it is not the default
 */
export function webhookConfigurationResources(configuration: string = servingNames.configuration): readonly Resource[] {
  return [validatingWebhookConfigurations(configuration)];
}

/** Needed cluster-wide for `--metrics-secure`: to ask who calls. */
export const metricsAuthResources: readonly Resource[] = [tokenReviews, subjectAccessReviews];
