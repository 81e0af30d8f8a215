import { createHash, timingSafeEqual } from 'node:crypto';
import type { Client } from '../client.ts';
import type { Clock } from '../clock.ts';
import type { Component } from '../component.ts';
import type { ApiError } from '../errors.ts';
import { createInformer } from '../informer.ts';
import type { Logger } from '../log.ts';
import { keyOf } from '../object.ts';
import { redact } from '../redact.ts';
import type { KeyPair } from './certificate.ts';
import { isToken, type SecretObject, setIn } from './certificate-set.ts';
import { chooseLeaf, trustsAll } from './served-leaf.ts';
import { servingSecrets, validatingWebhookConfigurations } from './serving-resources.ts';
import { announced, type TlsSource } from './tls-source.ts';
import { bundleOf, type WebhookConfiguration } from './webhook-configuration.ts';

/** Where a certificate is kept, and who has to trust it. */
export interface ServingCertificateOptions {
  readonly client: Pick<Client, 'list' | 'watch'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** The operator's own. */
  readonly namespace: string;
  readonly secretName: string;
  /** The ValidatingWebhookConfiguration that has to trust it. Default: none has to. */
  readonly configurationName?: string | undefined;
  /**
   * How long an API server may lag behind the configuration that we see, in milliseconds. Default 10,000: its cache
   * follows within a second.
   */
  readonly graceMs?: number;
}

/** The certificate of every replica: read from the Secret, and never written here. */
export interface ServingCertificate extends Component, TlsSource {
  /** As this process sees them now. */
  readonly secret: () => SecretObject | undefined;
  readonly configuration: () => WebhookConfiguration | undefined;
  /** Since when there is no configuration any more, on the wall clock; undefined while there is one, or when none was seen. */
  readonly goneSince: () => number | undefined;
  /** Told when one of the two has changed, `removed` when the Secret is gone. */
  onSight(listener: (removed: boolean) => void): () => void;
  /** True for a token that the API server shows, or showed until just now. */
  isCallerToken(token: string): boolean;
  /** True when both have been looked for. */
  hasSynced(): boolean;
  /** Why there is nothing to serve, for a person; undefined when there is. */
  fault(): string | undefined;
}

/** Longest timer, in milliseconds: a wall clock may be set meanwhile. */
const MAX_WAIT_MS = 3_600_000;

/** Reads the Secret and the configuration by name, each with a watch. Sends nothing before it is started. */
export function createServingCertificate(options: ServingCertificateOptions): ServingCertificate {
  const { client, clock, log, namespace, secretName, configurationName, graceMs = 10_000 } = options;
  const served = announced<KeyPair | undefined>(undefined);
  const sightListeners = new Set<(removed: boolean) => void>();
  const troubles = new Map<string, ApiError>();
  const stopping = new AbortController();
  let watching: Promise<unknown> | undefined;
  let cancelTimer: () => void = () => undefined;
  /** Since when the webhooks trust what they trust, whichever leaf is offered. */
  let trusted: { readonly bundles: string; readonly since: number } | undefined;
  /** The token before this one too: an API server may use it for a moment longer. */
  let tokens: readonly string[] = [];
  let goneSince: number | undefined;

  const onTrouble = (what: string) => (error: ApiError | undefined) =>
    void (error === undefined ? troubles.delete(what) : troubles.set(what, error));
  const secrets = createInformer({
    client,
    clock,
    log,
    resource: servingSecrets(secretName),
    selections: [{ namespace, name: secretName }],
    onTrouble: onTrouble('secret'),
  });
  const configurations =
    configurationName === undefined
      ? undefined
      : createInformer({
          client,
          clock,
          log,
          resource: validatingWebhookConfigurations(configurationName),
          selections: [{ name: configurationName }],
          onTrouble: onTrouble('configuration'),
        });
  const informers = configurations === undefined ? [secrets] : [secrets, configurations];
  const secret = () => secrets.store.get(keyOf({ metadata: { namespace, name: secretName } }));
  const configuration = () =>
    configurationName === undefined ? undefined : configurations?.store.get(configurationName);
  const hasSynced = () => informers.every((informer) => informer.hasSynced());

  function look(removed: boolean): void {
    const found = secret();
    const token = found && setIn(found).callerToken;
    if (token !== undefined && isToken(token) && tokens[0] !== token) tokens = [token, ...tokens].slice(0, 2);
    choose();
    for (const listener of sightListeners) listener(removed);
  }

  function choose(): void {
    // Before both are known, nobody can tell whether what is offered is trusted.
    if (!hasSynced()) return;
    cancelTimer();
    const now = clock.now();
    const found = secret();
    const offered = found && setIn(found).leaf;
    const bundles = configuration()?.webhooks?.map(bundleOf) ?? [];
    if (trusted?.bundles !== bundles.join()) trusted = { bundles: bundles.join(), since: now };
    const trustedSince = trustsAll(bundles, offered) ? trusted.since : undefined;
    const offer = { now, serving: served.get(), offered, bundles, trustedSince, graceMs };
    const choice = chooseLeaf(offer);
    const delay = choice.askAgainAt === undefined ? MAX_WAIT_MS : choice.askAgainAt - now;
    cancelTimer = clock.after(Math.min(MAX_WAIT_MS, Math.max(0, delay)), choose);
    if (choice.serve?.certificate === served.get()?.certificate) return;
    served.set(choice.serve);
    log.info('serving with another certificate', { secret: `${namespace}/${secretName}` });
  }

  configurations?.onChange((_key, _before, after) => {
    goneSince = after === undefined ? clock.now() : undefined;
  });
  for (const informer of informers) {
    informer.onChange((_key, _before, after) => look(informer === secrets && after === undefined));
  }

  return {
    name: 'serving certificate',
    current: served.get,
    onChange: served.onChange,
    secret,
    configuration,
    goneSince: () => goneSince,
    hasSynced,
    onSight(listener) {
      sightListeners.add(listener);
      return () => {
        sightListeners.delete(listener);
      };
    },
    isCallerToken: (token) => tokens.some((known) => isSame(known, token)),
    fault() {
      if (served.get() !== undefined) return undefined;
      const [trouble] = troubles.values();
      const why = trouble === undefined ? '' : `: ${redact(trouble.message)}`;
      return `there is no certificate in Secret ${namespace}/${secretName}, which the leader writes${why}`;
    },
    // Not waited for: an operator that may not read its certificate still does all of its other work, and says so.
    start(signal) {
      signal.addEventListener('abort', () => stopping.abort(), { once: true });
      watching = Promise.all(informers.map((informer) => informer.start(stopping.signal)));
      for (const informer of informers) {
        informer.synced().then(
          () => look(false),
          (error: unknown) => log.debug('stopped before the certificate was read', { error }),
        );
      }
    },
    async stop() {
      stopping.abort();
      cancelTimer();
      await watching;
    },
  };
}

/** In a time that does not tell how much of it is right. */
function isSame(known: string, given: string): boolean {
  const [a, b] = [known, given].map((text) => createHash('sha256').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}
