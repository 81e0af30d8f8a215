import { randomBytes } from 'node:crypto';
import { after } from 'node:test';
import { errnoOf } from '../../cluster/errno.ts';
import { createCertificateKeeper } from '../../src/runtime/certificates/certificate-keeper.ts';
import type { SecretObject } from '../../src/runtime/certificates/certificate-set.ts';
import type { Terms } from '../../src/runtime/certificates/renewal-plan.ts';
import {
  createServingCertificate,
  type ServingCertificate,
} from '../../src/runtime/certificates/serving-certificate.ts';
import { servingSecrets, validatingWebhookConfigurations } from '../../src/runtime/certificates/serving-resources.ts';
import type { WebhookConfiguration } from '../../src/runtime/certificates/webhook-configuration.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { connect } from '../../src/runtime/connect.ts';
import { createClient } from '../../src/runtime/kube-client.ts';
import { rulesFor } from '../../tools/rbac.ts';
import type { TestControlPlane } from './control-plane.ts';
import { createRecordedLog, type RecordedLog } from './recorded-log.ts';

const configurations = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';

/** A webhook of a namespace, and the certificate that it is served with. */
export interface AdmissionStage {
  readonly namespace: string;
  readonly configurationName: string;
  readonly secretName: string;
  /** As the API server has them. */
  configuration(): Promise<WebhookConfiguration>;
  secret(): Promise<SecretObject>;
  /** Another replica that reads the certificate. */
  reader(): Promise<ServingCertificate>;
  /** The one that keeps it, until it is stopped. */
  keeper(certificate: ServingCertificate, terms?: Partial<Omit<Terms, 'names'>>): Promise<Keeper>;
}

/** A keeper at work. */
export interface Keeper {
  readonly log: RecordedLog;
  stop(): Promise<void>;
}

/** How long the tests' API server may lag behind its watch, in milliseconds, on a busy machine. */
const GRACE_MS = 3_000;

/**
 * Installs a webhook that the API server calls on this machine, for one kind of object in a namespace of its own, with
 * `failurePolicy: Fail`: whoever writes such an object finds out whether the call went through.
 *
 * @param rule what is admitted
 */
export async function createAdmissionStage(
  plane: TestControlPlane,
  port: () => number | undefined,
  rule: {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly apiVersions: readonly string[];
  },
): Promise<AdmissionStage> {
  const namespace = await plane.createNamespace();
  const configurationName = `hooks-${randomBytes(4).toString('hex')}`;
  const secretName = 'serving-cert';
  await plane.send('POST', configurations, {
    metadata: { name: configurationName },
    webhooks: [
      {
        name: 'test.smooth-operator.example.com',
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Fail',
        timeoutSeconds: 10,
        matchPolicy: 'Equivalent',
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        rules: [{ ...rule, operations: ['CREATE', 'UPDATE'], scope: '*' }],
        clientConfig: { url: `https://127.0.0.1:${port()}/` },
      },
    ],
  });
  after(() =>
    plane.request('DELETE', `${configurations}/${configurationName}`).catch((thrown: unknown) => {
      // A control plane of the file's own has ended by now, and everything with it.
      if (errnoOf(thrown) !== 'ECONNREFUSED') throw thrown;
    }),
  );

  const resources = [servingSecrets(secretName), validatingWebhookConfigurations(configurationName)];
  const [hooks, secrets] = [rulesFor(resources.slice(1)), rulesFor(resources.slice(0, 1))];
  const user = await plane.createUser(namespace, { rules: secrets, clusterRules: hooks });

  async function client() {
    const connection = await connect({ clock: systemClock, kubeconfig: user.kubeconfig, env: {} });
    const made = createClient({ connection, clock: systemClock });
    after(() => made.close());
    return made;
  }

  return {
    namespace,
    configurationName,
    secretName,
    configuration: () => plane.send('GET', `${configurations}/${configurationName}`),
    secret: () => plane.send('GET', `/api/v1/namespaces/${namespace}/secrets/${secretName}`),
    async reader() {
      const log = createRecordedLog();
      const parts = { client: await client(), clock: systemClock, log, namespace, secretName, configurationName };
      const certificate = createServingCertificate({ ...parts, graceMs: GRACE_MS });
      await certificate.start(new AbortController().signal);
      after(() => certificate.stop?.({ clean: true }));
      return certificate;
    },
    async keeper(certificate, terms = {}) {
      const log = createRecordedLog();
      const parts = { client: await client(), clock: systemClock, log, namespace, secretName, configurationName };
      const keeper = createCertificateKeeper({ ...parts, certificate, names: ['127.0.0.1'], terms });
      await keeper.start(new AbortController().signal);
      const stop = async () => keeper.stop?.({ clean: true });
      after(stop);
      return { log, stop };
    },
  };
}
