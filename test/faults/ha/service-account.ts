import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestControlPlane, TestUser } from '../../support/control-plane.ts';

/** What a pod finds under its service account. */
export interface AccountFiles {
  readonly token: string;
  /** PEM. */
  readonly ca: string;
}

/** A service account's directory, as a kubelet keeps it. */
export interface AccountDirectory extends AsyncDisposable {
  readonly path: string;
  /** Replaces all files in one step, as the kubelet does: a new directory behind a link (its "atomic writer"). */
  write(files: AccountFiles): Promise<void>;
}

/** Makes one. @param namespace the pod's */
export async function mountAccount(namespace: string, files: AccountFiles): Promise<AccountDirectory> {
  const root = await mkdtemp(join(tmpdir(), 'smooth-account-'));
  let version = 0;
  const write: AccountDirectory['write'] = async ({ token, ca }) => {
    version += 1;
    const directory = join(root, `..${version}`);
    await mkdir(directory);
    const contents = { token, 'ca.crt': ca, namespace };
    for (const [name, text] of Object.entries(contents)) await writeFile(join(directory, name), text);
    await symlink(directory, join(root, '..new'));
    await rename(join(root, '..new'), join(root, '..data'));
  };
  await write(files);
  return {
    path: join(root, '..data'),
    write,
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

/** A token that is good for as long as a Secret is there, as a pod's is for as long as the pod is. */
export interface BoundToken {
  readonly token: string;
  /** Makes it worthless. The API server may remember for ten seconds that it was good. */
  revoke(): Promise<void>;
}

/** Asks for a token of a user's service account. */
export async function boundToken(plane: TestControlPlane, namespace: string, user: TestUser): Promise<BoundToken> {
  const secrets = `/api/v1/namespaces/${namespace}/secrets`;
  const secret = await plane.send<{ metadata: { name: string; uid: string } }>('POST', secrets, {
    metadata: { generateName: 'token-' },
  });
  const { name, uid } = secret.metadata;
  const spec = { boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name, uid } };
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${user.name}/token`;
  const answer = await plane.send<{ status: { token: string } }>('POST', path, { spec });
  return { token: answer.status.token, revoke: async () => void (await plane.send('DELETE', `${secrets}/${name}`)) };
}
