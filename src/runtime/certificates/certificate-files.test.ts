import assert from 'node:assert/strict';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { aSet, DAY, HOUR } from '../../../test/support/certificates.ts';
import { createFakeClock } from '../../../test/support/fake-clock.ts';
import { createRecordedLog } from '../../../test/support/recorded-log.ts';
import { temporaryDirectory } from '../../../test/support/temporary-directory.ts';
import { until } from '../../../test/support/until.ts';
import type { KeyPair } from './certificate.ts';
import { createAuthorityFile, createCertificateFiles } from './certificate-files.ts';

const noAbort = new AbortController().signal;
const first = aSet().leaf;
const second = aSet().leaf;

async function stage(t: TestContext) {
  const directory = await temporaryDirectory(t);
  const clock = createFakeClock(Date.UTC(2026, 0, 2));
  const log = createRecordedLog();
  const files = createCertificateFiles(directory, { clock, log, periodMs: 1_000 });
  t.after(() => files.stop?.({ clean: true }));
  const put = async ({ certificate, key }: KeyPair) => {
    await writeFile(join(directory, 'tls.crt'), certificate);
    await writeFile(join(directory, 'tls.key'), key);
  };
  /** Lets the next look happen, and waits until it has an effect. */
  const look = (what: string, holds: () => boolean) =>
    until(
      async () => {
        await clock.advance(1_000);
        return holds();
      },
      { what, intervalMs: 5 },
    );
  return { directory, clock, log, files, put, look };
}

test('a pair is served, and a new one when the files change', async (t) => {
  const { files, put, look } = await stage(t);
  await put(first);
  await files.start(noAbort);
  assert.deepEqual(files.current(), first);
  assert.equal(files.fault(), undefined);
  let told = 0;
  files.onChange(() => {
    told += 1;
  });
  await put(second);
  await look('the new pair', () => files.current()?.certificate === second.certificate);
  assert.equal(told, 1);
});

test('a swap of links, as the kubelet does it, is noticed', async (t) => {
  const { directory, files, look } = await stage(t);
  for (const [version, { certificate, key }] of Object.entries({ one: first, two: second })) {
    await mkdir(join(directory, version));
    await writeFile(join(directory, version, 'tls.crt'), certificate);
    await writeFile(join(directory, version, 'tls.key'), key);
  }
  await symlink('one', join(directory, '..data'));
  for (const name of ['tls.crt', 'tls.key']) await symlink(`..data/${name}`, join(directory, name));
  await files.start(noAbort);
  assert.deepEqual(files.current(), first);
  await rm(join(directory, '..data'));
  await symlink('two', join(directory, '..data'));
  await look('the new pair', () => files.current()?.certificate === second.certificate);
});

test('half of a change, or a file that is gone, takes nothing away', async (t) => {
  const { directory, files, log, put, look } = await stage(t);
  await put(first);
  await files.start(noAbort);
  await writeFile(join(directory, 'tls.key'), second.key);
  await look('a warning', () => log.at('warn').length === 1);
  await rm(join(directory, 'tls.key'));
  await look('another', () => log.at('warn').length === 2);
  assert.deepEqual(files.current(), first);
  assert.equal(files.fault(), undefined, 'what was read before will do');
});

test('nothing there: said with the path, once, and healed when it comes', async (t) => {
  const { directory, files, log, put, look, clock } = await stage(t);
  await files.start(noAbort);
  assert.equal(files.current(), undefined);
  assert.match(files.fault() ?? '', new RegExp(`cannot read ${directory}/tls\\.crt`));
  await clock.advance(10_000);
  await put(first);
  await look('the pair', () => files.fault() === undefined);
  assert.equal(log.at('warn').length, 1);
});

test('an expired certificate is served, as nothing is better, and is a fault', async (t) => {
  const { files, put } = await stage(t);
  await put(aSet({ leafMs: HOUR }).leaf);
  await files.start(noAbort);
  assert.ok(files.current());
  assert.match(files.fault() ?? '', /tls\.crt has expired/);
});

test('one that expires while it is served becomes a fault', async (t) => {
  const { files, put, clock } = await stage(t);
  await put(aSet({ leafMs: 2 * DAY }).leaf);
  await files.start(noAbort);
  assert.equal(files.fault(), undefined);
  clock.jump(2 * DAY);
  assert.match(files.fault() ?? '', /not valid any more/);
});

test('authorities are read from one file, and a file without any is said', async (t) => {
  const directory = await temporaryDirectory(t);
  const file = join(directory, 'ca.crt');
  const log = createRecordedLog();
  const clock = createFakeClock();
  const authorities = createAuthorityFile(file, { clock, log });
  t.after(() => authorities.stop?.({ clean: true }));
  await writeFile(file, 'nothing of the kind');
  await authorities.start(noAbort);
  assert.match(authorities.fault() ?? '', /ca\.crt has no certificate in it/);
  const { certificate } = aSet().authority;
  await writeFile(file, certificate);
  await until(
    async () => {
      await clock.advance(10_000);
      return authorities.current() === certificate;
    },
    { what: 'the authority', intervalMs: 5 },
  );
  assert.equal(authorities.fault(), undefined);
});
