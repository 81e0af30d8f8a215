import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import { releaseFor } from './binaries/release.ts';
import { type ClusterRecord, readRecord, refuseOtherVersion, writeRecord } from './cluster-record.ts';

const record: ClusterRecord = {
  mode: 'control-plane',
  version: 'v1.36.3',
  ports: { 'kube-apiserver': 1, 'kube-controller-manager': 2, 'kube-scheduler': 3 },
};

test('what is written is read back; where nothing was written there is no cluster', async (t) => {
  const file = join(await temporaryDirectory(t), 'folder', 'cluster.json');
  assert.equal(await readRecord(file), undefined);
  await writeRecord(file, record);
  assert.deepEqual(await readRecord(file), record);
});

test('a torn record is told with the way out', async (t) => {
  const file = join(await temporaryDirectory(t), 'cluster.json');
  await writeFile(file, '{"mode":');
  await assert.rejects(readRecord(file), {
    name: 'ClusterError',
    message: /cluster\.json is not readable/,
    fix: /cluster-down/,
  });
});

test('data of one version is not served by another', () => {
  const release = releaseFor('1.36');
  refuseOtherVersion(undefined, { release });
  refuseOtherVersion(record, { release });
  assert.throws(() => refuseOtherVersion({ ...record, version: 'v1.35.0' }, { release }), {
    code: 'OtherVersion',
    message: 'the cluster that is there is Kubernetes v1.35.0, asked for is v1.36.3',
    fix: /cluster-down/,
  });
});
