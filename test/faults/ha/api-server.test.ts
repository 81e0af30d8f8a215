import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { startControlPlane } from '../../../cluster/control-plane.ts';
import { writeKubeconfig } from '../../../cluster/kubeconfig.ts';
import { createAuthority } from '../../../src/runtime/certificates/certificate.ts';
import { useControlPlane } from '../../support/control-plane.ts';
import { installMCPServerCrd } from '../../support/operator.ts';
import { authorityReplaced, awayAndBack, compacted, startInPod, tokenRotated } from './outages.ts';

/** What happens to API servers in the course of a year, in a minute: the operator goes on, in the same process. */

const own = await startControlPlane({ components: ['etcd', 'kube-apiserver'] });
after(() => own.stop());
// Whoever looks trusts both authorities all the time.
const next = createAuthority('next-ca', Date.now());
const both = `${own.ca}${next.certificate}`;
await writeFile(own.pki.certificate('ca'), both);
const kubeconfig = join(own.dir, 'both.kubeconfig');
await writeKubeconfig(kubeconfig, { server: own.url, ca: both, user: 'admin', credentials: own.admin });
const plane = await useControlPlane([], { kubeconfig });
await installMCPServerCrd(plane);

test('the API server is away for a while: nothing is lost', async () => {
  await using pod = await startInPod(plane, own.ca);
  await awayAndBack(own, pod, 5_000);
});

test('etcd is compacted while the operator is not looking: it lists anew, and sees what was removed', async () => {
  await using pod = await startInPod(plane, own.ca);
  await compacted(own, pod);
});

test('the token is refused before the next one is there: it works again with the next one', async () => {
  await using pod = await startInPod(plane, own.ca);
  await tokenRotated(plane, pod, own.ca);
});

test('the CA is replaced: the next one is trusted as soon as it is there', async () => {
  await using pod = await startInPod(plane, own.ca);
  await authorityReplaced(own, pod, next);
});
