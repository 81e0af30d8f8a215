import { randomBytes } from 'node:crypto';
import { createBackoff } from '../backoff.ts';
import type { Client } from '../client.ts';
import type { Clock } from '../clock.ts';
import type { Component } from '../component.ts';
import { ApiError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { supersedes } from '../resource-version.ts';
import { createAuthority, issue } from './certificate.ts';
import { parseCertificate } from './certificate-look.ts';
import { type CertificateSet, type SecretObject, secretData } from './certificate-set.ts';
import { nextRenewal, type RenewalStep, type Terms } from './renewal-plan.ts';
import { ownedBy, ownersOf } from './secret-owner.ts';
import type { ServingCertificate } from './serving-certificate.ts';
import { servingSecrets, validatingWebhookConfigurations } from './serving-resources.ts';
import { pointTo, type WebhookConfiguration } from './webhook-configuration.ts';

/** What a keeper is made of. */
export interface CertificateKeeperOptions {
  readonly client: Pick<Client, 'apply'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** What is read; it has to be started before. */
  readonly certificate: Pick<ServingCertificate, 'secret' | 'configuration' | 'goneSince' | 'hasSynced' | 'onSight'>;
  /** The operator's own. */
  readonly namespace: string;
  readonly secretName: string;
  readonly configurationName?: string | undefined;
  /** DNS names and IPv4 addresses that the server is called by; the first is the certificate's own. */
  readonly names: readonly string[];
  /** Of the Secret. Default: none. */
  readonly labels?: Readonly<Record<string, string>>;
  /** See `Terms`; each has its default. */
  readonly terms?: Partial<Omit<Terms, 'names'>>;
  /** Uniform in [0, 1), for jitter. Default Math.random. */
  readonly random?: () => number;
}

const DAY_MS = 86_400_000;

/** Longest timer, in milliseconds: a wall clock may be set meanwhile. */
const MAX_WAIT_MS = 3_600_000;

/** As often as this a minute what others undo is done again at once; beyond, once a minute. */
const MAX_WRITES_A_MINUTE = 10;

/**
 * Keeps the certificate sound and trusted: the only writer of the Secret and of the configuration, so it is started
 * after the election, and the fence holds for it.
 *
 * One write a step, and then another look, as everywhere: a crash between two of them is just another state.
 */
export function createCertificateKeeper(options: CertificateKeeperOptions): Component {
  const { client, clock, certificate, namespace, secretName, configurationName, names } = options;
  const log = options.log.with({ secret: `${namespace}/${secretName}` });
  const terms: Terms = {
    names,
    leafMs: 90 * DAY_MS,
    authorityMs: 3650 * DAY_MS,
    overlapMs: 3_600_000,
    ...options.terms,
  };
  const backoff = createBackoff({ baseMs: 1_000, maxMs: 60_000, ...(options.random && { random: options.random }) });
  const stopping = new AbortController();
  const applying = { force: true, signal: stopping.signal };
  const writes: number[] = [];
  let written: { secret?: SecretObject; configuration?: WebhookConfiguration } = {};
  let cancelTimer: () => void = () => undefined;
  let running: Promise<void> | undefined;
  let again = false;
  let unsubscribe: () => void = () => undefined;

  function kick(): void {
    if (stopping.signal.aborted) return;
    again = true;
    running ??= work().finally(() => {
      running = undefined;
      if (again) kick();
    });
  }

  function kickIn(delayMs: number): void {
    cancelTimer();
    cancelTimer = clock.after(Math.min(MAX_WAIT_MS, Math.max(0, delayMs)), kick);
  }

  /** Steps until there is nothing to do, or the next is to come later. Never rejects. */
  async function work(): Promise<void> {
    while (again && !stopping.signal.aborted) {
      again = false;
      // Told again when it has.
      if (!certificate.hasSynced()) return;
      const step = nextRenewal(sight(), terms);
      if (step.kind === 'wait') {
        kickIn(step.until - clock.now());
        continue;
      }
      const patience = patienceMs();
      if (patience > 0) {
        log.warn('somebody keeps changing the certificate or its webhook configuration', { step: step.kind });
        kickIn(patience);
        return;
      }
      await tryOnce(step);
    }
  }

  async function tryOnce(step: Exclude<RenewalStep, { kind: 'wait' }>): Promise<void> {
    try {
      writes.push(clock.monotonic());
      await carryOut(step);
      backoff.forget('');
      again = true;
    } catch (thrown) {
      const error = ApiError.from(thrown);
      if (stopping.signal.aborted) return;
      // Changed since it was read: the watch tells.
      if (error.code === 'Conflict' || error.code === 'AlreadyExists') return kickIn(1_000);
      log.warn('could not keep the serving certificate', { step: step.kind, error });
      kickIn(backoff.next('', error.retryAfterMs));
    }
  }

  async function carryOut(step: Exclude<RenewalStep, { kind: 'wait' }>): Promise<void> {
    if (step.kind === 'point') {
      const resource = validatingWebhookConfigurations(configurationName ?? '');
      const wish = pointTo(step.configuration, step.bundle, step.path);
      written = { ...written, configuration: await client.apply(resource, wish, applying) };
      log.info('the webhook configuration trusts the serving certificate', { configuration: configurationName });
      return;
    }
    const set = madeFor(step);
    const { secret, configuration } = sight();
    const version = secret?.metadata.resourceVersion;
    const owner = step.kind === 'adopt' ? step.configuration : secret === undefined ? configuration : undefined;
    const owners = owner === undefined ? ownersOf(secret) : [ownedBy(owner)];
    const wish = {
      metadata: {
        name: secretName,
        namespace,
        ...(options.labels === undefined ? {} : { labels: options.labels }),
        ...(owners.length === 0 ? {} : { ownerReferences: owners }),
        // No stored object has version 1: it creates, or answers 409 (ARCHITECTURE.md, rule 5).
        resourceVersion: version ?? '1',
      },
      data: secretData(set),
    };
    written = { ...written, secret: await client.apply(servingSecrets(secretName), wish, applying) };
    log.info('wrote the serving certificate', { why: step.why });
  }

  function madeFor(step: Extract<RenewalStep, { kind: 'found' | 'issue' | 'correct' | 'adopt' }>): CertificateSet {
    const callerToken =
      (step.kind === 'found' ? step.callerToken : step.set.callerToken) || randomBytes(24).toString('hex');
    if (step.kind === 'correct' || step.kind === 'adopt') return { ...step.set, callerToken };
    const now = clock.now();
    const authority =
      step.kind === 'found' ? createAuthority(authorityName(), now, terms.authorityMs) : step.set.authority;
    const previous = step.kind === 'found' ? step.previous : step.set.previous;
    const end = parseCertificate(authority.certificate)?.validToDate.getTime() ?? now;
    const [commonName = secretName] = names;
    const subject = { commonName, ...namesByKind(names) };
    // No leaf outlives its authority.
    const leaf = issue(
      { ...authority, commonName: commonNameOf(authority.certificate) },
      subject,
      now,
      Math.min(terms.leafMs, end - now),
    );
    return { authority: { certificate: authority.certificate, key: authority.key }, previous, leaf, callerToken };
  }

  /** A name of its own for each: two authorities of one name would be taken for each other. */
  function authorityName(): string {
    return `${secretName}-ca-${randomBytes(4).toString('hex')}`;
  }

  /** What was read, or what was written since. */
  function sight() {
    const newer = <T extends { readonly metadata: { readonly resourceVersion?: string } }>(read?: T, wrote?: T) =>
      wrote !== undefined &&
      (read === undefined || supersedes(wrote.metadata.resourceVersion, read.metadata.resourceVersion))
        ? wrote
        : read;
    return {
      now: clock.now(),
      secret: newer(certificate.secret(), written.secret),
      configuration: newer(certificate.configuration(), written.configuration),
      goneSince: certificate.goneSince(),
    };
  }

  /** How long to leave it alone, in milliseconds. */
  function patienceMs(): number {
    const minuteAgo = clock.monotonic() - 60_000;
    while (writes[0] !== undefined && writes[0] <= minuteAgo) writes.shift();
    return writes.length < MAX_WRITES_A_MINUTE ? 0 : (writes[0] ?? 0) - minuteAgo;
  }

  return {
    name: 'certificate keeper',
    start() {
      unsubscribe = certificate.onSight((removed) => {
        if (removed) written = {};
        // What is gone from the cache is gone: only a newer one counts.
        if (certificate.configuration() === undefined) written = { ...(written.secret && { secret: written.secret }) };
        kick();
      });
      kick();
    },
    async stop() {
      stopping.abort();
      unsubscribe();
      cancelTimer();
      await running;
    },
  };
}

function commonNameOf(certificate: string): string {
  return /CN=([^\n]+)/.exec(parseCertificate(certificate)?.subject ?? '')?.[1] ?? '';
}

function namesByKind(names: readonly string[]) {
  const isAddress = (name: string) => /^\d+(?:\.\d+){3}$/.test(name);
  return { dnsNames: names.filter((name) => !isAddress(name)), addresses: names.filter(isAddress) };
}
