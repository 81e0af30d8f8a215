import { request } from 'node:http';

/** What of etcd's JSON gateway is used (etcd's `rpc.proto`): 64-bit numbers are strings in it. */
interface EtcdAnswer {
  readonly header?: { readonly revision?: string };
  readonly error?: string;
}

/**
 * Compacts everything up to now: nobody can watch from an older version any more.
 *
 * @param socketPath where etcd listens
 * @returns the version up to which history is gone
 */
export async function compact(socketPath: string): Promise<number> {
  const { header } = await call(socketPath, '/v3/kv/range', { key: Buffer.from('/').toString('base64'), limit: 1 });
  const revision = Number(header?.revision);
  await call(socketPath, '/v3/kv/compaction', { revision: String(revision), physical: true });
  return revision;
}

function call(socketPath: string, path: string, body: object): Promise<EtcdAnswer> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(30_000);
    const post = request({ socketPath, path, method: 'POST', agent: false, signal });
    post.on('error', reject);
    post.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text));
        else reject(new Error(`etcd answered ${response.statusCode} to ${path}: ${text}`));
      });
    });
    post.end(JSON.stringify(body));
  });
}
