import type { KubeObject } from '../object.ts';

/** One webhook of a configuration, as far as it is looked after here. */
export interface Webhook {
  readonly name: string;
  readonly clientConfig: {
    /** Base64 of PEM. */
    readonly caBundle?: string;
    readonly service?: { readonly path?: string };
    readonly url?: string;
  };
}

/** A ValidatingWebhookConfiguration or a MutatingWebhookConfiguration. */
export type WebhookConfiguration = KubeObject & { readonly webhooks?: readonly Webhook[] };

const PREFIX = '/admit/';

/** The path of genuine calls. Only the API server reads configurations, so only it knows the token. */
export function callPath(callerToken: string): string {
  return `${PREFIX}${callerToken}`;
}

/** The token in the path of a call; empty when there is none. */
export function tokenIn(path: string): string {
  return path.startsWith(PREFIX) ? path.slice(PREFIX.length) : '';
}

/** The caBundle of a webhook, as PEM; empty when it has none. */
export function bundleOf({ clientConfig }: Webhook): string {
  return Buffer.from(clientConfig.caBundle ?? '', 'base64').toString('utf8');
}

/** True when every webhook trusts exactly these authorities and calls this path. */
export function pointsTo(configuration: WebhookConfiguration, bundle: string, path: string): boolean {
  return (configuration.webhooks ?? []).every(
    (webhook) => bundleOf(webhook) === bundle && pathIn(webhook.clientConfig) === path,
  );
}

/**
 * What is to be applied so that every webhook trusts these authorities and calls this path: those two fields, and no
 * others, so that whoever installed the configuration keeps the rest. Bound to the version that was looked at: were it
 * deleted meanwhile, the apply would make a configuration with half of its fields.
 *
 * @param bundle PEM
 */
export function pointTo(configuration: WebhookConfiguration, bundle: string, path: string): KubeObject {
  const { name, uid = '', resourceVersion = '' } = configuration.metadata;
  const caBundle = Buffer.from(bundle, 'utf8').toString('base64');
  const webhooks = (configuration.webhooks ?? []).map(({ name: hook, clientConfig: { url } }) => ({
    name: hook,
    clientConfig: { caBundle, ...(url === undefined ? { service: { path } } : { url: withPath(url, path) }) },
  }));
  return { metadata: { name, uid, resourceVersion }, webhooks } as KubeObject;
}

function pathIn({ service, url }: Webhook['clientConfig']): string | undefined {
  return url === undefined ? service?.path : URL.parse(url)?.pathname;
}

function withPath(url: string, path: string): string {
  const changed = URL.parse(url);
  // The API server has checked it. Were it none all the same, it stays what it is.
  if (changed === null) return url;
  changed.pathname = path;
  return changed.href;
}
