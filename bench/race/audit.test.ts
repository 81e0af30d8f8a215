import assert from 'node:assert/strict';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { countRequests, parseAuditLine } from './audit.ts';
import { openAuditLog } from './audit-log.ts';

const USERS = new Set(['me']);

interface Entry {
  readonly verb?: string;
  readonly stage?: string;
  readonly user?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly code?: number;
}

/** As kube-apiserver 1.36 writes it, without what is not read. */
function entry({ verb = 'patch', stage = 'ResponseComplete', user = 'me', code = 200, ...ref }: Entry = {}): string {
  const { resource = 'deployments', subresource } = ref;
  return JSON.stringify({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    stage,
    requestURI: '/apis/apps/v1/namespaces/a/deployments/b?fieldManager=x',
    verb,
    user: { username: user, groups: ['system:authenticated'] },
    ...(resource === '' ? {} : { objectRef: { resource, namespace: 'a', name: 'b', subresource } }),
    responseStatus: { metadata: {}, code },
    requestReceivedTimestamp: '2026-01-02T03:04:05.678901Z',
  });
}

const parse = (given: Entry) => parseAuditLine(entry(given), USERS);

test('a request is told with its resource, its answer and when it came', () => {
  const at = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
  assert.deepEqual(parse({}), { verb: 'patch', resource: 'deployments', code: 200, at });
  assert.equal(parse({ resource: 'mcpservers', subresource: 'status' })?.resource, 'mcpservers/status');
  assert.equal(parse({ resource: '' })?.resource, '/apis/apps/v1/namespaces/a/deployments/b');
});

test('others are not counted', () => {
  assert.equal(parse({ user: 'system:apiserver' }), undefined);
});

test('a watch is counted when it begins, everything else when it ends', () => {
  assert.equal(parse({ verb: 'watch', stage: 'ResponseStarted' })?.verb, 'watch');
  assert.equal(parse({ verb: 'watch', stage: 'ResponseComplete' }), undefined);
  assert.equal(parse({ verb: 'list', stage: 'ResponseComplete' })?.verb, 'list');
  assert.equal(parse({ verb: 'list', stage: 'ResponseStarted' }), undefined);
  assert.equal(parse({ stage: 'Panic' }), undefined);
});

test('writes, reads and refusals are counted apart', () => {
  const requests = [
    ...[{}, {}, { resource: 'services' }, { resource: 'events', verb: 'create', code: 201 }].map(parse),
    parse({ resource: 'mcpservers', subresource: 'status', code: 409 }),
    parse({ verb: 'get', code: 404 }),
    parse({ verb: 'list' }),
    parse({ verb: 'watch', stage: 'ResponseStarted' }),
    parse({ verb: 'create', resource: 'selfsubjectaccessreviews' }),
  ].filter((request) => request !== undefined);
  assert.deepEqual(countRequests(requests), {
    writes: 5,
    gets: 2,
    lists: 1,
    watches: 1,
    refused: 2,
    writesBy: {
      'patch deployments': 2,
      'patch services': 1,
      'create events': 1,
      'patch mcpservers/status': 1,
    },
  });
});

test('a log is read as it grows, and a line that is not ended yet the next time', async (t) => {
  const file = join(await temporaryDirectory(t), 'audit.log');
  await writeFile(file, `${entry()}\n${entry({ user: 'other' })}\n`);
  const log = await openAuditLog(file, USERS);
  t.after(() => log.close());
  assert.equal((await log.read()).length, 1);
  assert.equal((await log.read()).length, 0);
  const line = entry({ verb: 'list' });
  await appendFile(file, line.slice(0, 50));
  assert.equal((await log.read()).length, 0);
  await appendFile(file, `${line.slice(50)}\n${entry()}\n`);
  assert.deepEqual(
    (await log.read()).map(({ verb }) => verb),
    ['list', 'patch'],
  );
});
