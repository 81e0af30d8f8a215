import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { aLiveDeployment, aLiveService, aServer, aSnapshot } from '../../test/support/snapshots.ts';
import type { MCPServer } from '../api/v1alpha1/mcp-server.ts';
import type { Snapshot } from '../controller/snapshot.ts';
import type { ApplyOptions, Client } from '../runtime/client.ts';
import { ApiError } from '../runtime/errors.ts';
import type { KubeObject } from '../runtime/object.ts';
import { admit } from './admission.ts';
import { createBudget } from './budget.ts';
import type { AdmissionRequest } from './review.ts';

const noAbort = new AbortController().signal;

/** What the API server says to a dry run, by kind and image: an error, or nothing. */
type Says = (kind: string, object: KubeObject) => ApiError | undefined;

interface Stage {
  readonly says?: Says;
  /** Who has the name, when it is taken. */
  readonly there?: KubeObject | ApiError;
  readonly snapshot?: Partial<Snapshot>;
  readonly watched?: boolean;
  readonly perSecond?: number;
}

/** Asks about a request, and tells what was sent for it. */
async function ask(request: Partial<AdmissionRequest>, stage: Stage = {}) {
  const sent: string[] = [];
  const client: Pick<Client, 'apply' | 'get'> = {
    async apply(resource, object, options: ApplyOptions = {}) {
      assert.equal(options.dryRun, true, 'nothing but dry runs');
      const { uid, resourceVersion } = object.metadata;
      const guard = resourceVersion === undefined ? `uid ${uid}` : `version ${resourceVersion}`;
      sent.push(`${resource.kind} ${guard}${options.force ? ' force' : ''}`);
      const error = stage.says?.(resource.kind, object);
      if (error !== undefined) throw error;
      return object as never;
    },
    async get(resource) {
      sent.push(`get ${resource.kind}`);
      if (stage.there === undefined || stage.there instanceof Error) {
        throw stage.there ?? new ApiError('NotFound', 'not found');
      }
      return stage.there as never;
    },
  };
  const parts = {
    client,
    snapshotOf: (server: MCPServer) => aSnapshot({ ...stage.snapshot, server }),
    secretExists: () => false,
    isWatched: () => stage.watched ?? true,
    budget: createBudget({ clock: createFakeClock(), ...(stage.perSecond === 0 ? { burst: 0 } : {}) }),
  };
  const defaults = {
    uid: 'u',
    operation: 'CREATE',
    namespace: 'team-a',
    isServer: true,
    server: aServer(),
    before: undefined,
  };
  const verdict = await admit(parts, { ...defaults, ...request }, noAbort);
  return { ...verdict, sent };
}

const refuse =
  (kind: string, error: ApiError): Says =>
  (asked) =>
    asked === kind ? error : undefined;
const invalid = new ApiError('Invalid', 'Deployment.apps "weather" is invalid: …', {
  status: 422,
  reason: 'Invalid',
  causes: [
    {
      field: 'spec.template.spec.containers[0].env[0].name',
      message: 'Invalid value: "a b"',
      reason: 'FieldValueInvalid',
    },
  ],
});
const taken = new ApiError('Conflict', 'taken', { status: 409 });
const stranger: KubeObject = { metadata: { name: 'weather', namespace: 'team-a', uid: 'other' } };

describe('nothing is looked at', () => {
  const rows: Readonly<Record<string, readonly [Partial<AdmissionRequest>, Stage?]>> = {
    'for a deletion': [{ operation: 'DELETE', server: undefined }],
    'for a deletion that brings an object': [{ operation: 'DELETE' }],
    'for a CONNECT': [{ operation: 'CONNECT' }],
    'for what is no MCPServer': [{ isServer: false }],
    'in a namespace that is not watched': [{}, { watched: false }],
    'for one that is being deleted': [
      { operation: 'UPDATE', server: aServer({}, { metadata: { ...aServer().metadata, deletionTimestamp: 'now' } }) },
    ],
    'when the spec is the same': [{ operation: 'UPDATE', before: aServer() }],
  };
  for (const [what, [request, stage]] of Object.entries(rows)) {
    test(what, async () => {
      const image = { server: aServer({ image: 'latest' }) };
      const asked = 'server' in request || 'before' in request ? request : { ...image, ...request };
      assert.deepEqual(await ask(asked, stage), { allowed: true, warnings: [], sent: [] });
    });
  }
});

describe('a new server', () => {
  test('is tried as it will be made: only where nobody is', async () => {
    assert.deepEqual(await ask({}), {
      allowed: true,
      warnings: [],
      sent: ['Deployment version 1', 'Service version 1'],
    });
  });

  test('is warned, and tried all the same', async () => {
    const { allowed, warnings, sent } = await ask({ server: aServer({ secretName: 'absent' }) });
    assert.deepEqual([allowed, warnings.length, sent.length], [true, 1, 2]);
  });

  for (const kind of ['Deployment', 'Service']) {
    test(`is refused where a stranger has the ${kind}`, async () => {
      const { allowed, refusal, sent } = await ask({}, { says: refuse(kind, taken), there: stranger });
      assert.equal(allowed, false);
      assert.deepEqual([refusal?.code, refusal?.reason], [409, 'Conflict']);
      assert.match(refusal?.message ?? '', new RegExp(`^A ${kind} named weather already exists`));
      assert.ok(sent.includes(`get ${kind}`));
    });
  }

  const nobodys: Readonly<Record<string, Stage['there']>> = {
    'its own': { metadata: { ...stranger.metadata, ownerReferences: aLiveService().metadata.ownerReferences ?? [] } },
    'an orphan of ours': { metadata: { ...stranger.metadata, labels: aLiveService().metadata.labels ?? {} } },
    'gone by now': new ApiError('NotFound', 'not found'),
  };
  for (const [what, there] of Object.entries(nobodys)) {
    test(`passes where what has the name is ${what}`, async () => {
      const { allowed, warnings } = await ask({}, { says: refuse('Service', taken), ...(there && { there }) });
      assert.deepEqual([allowed, warnings], [true, []]);
    });
  }

  test('is refused where its Deployment would be, with the fields of the MCPServer', async () => {
    const { allowed, refusal } = await ask({}, { says: refuse('Deployment', invalid) });
    assert.equal(allowed, false);
    assert.deepEqual(refusal, {
      code: 422,
      reason: 'Invalid',
      message: 'the API server would refuse the Deployment of this MCPServer: spec.env[0].name: Invalid value: "a b"',
      causes: [{ field: 'spec.env[0].name', message: 'Invalid value: "a b"', reason: 'FieldValueInvalid' }],
    });
  });

  test('is refused where a policy refuses its Service, in the words of the policy', async () => {
    const policy = new ApiError('Forbidden', 'services "weather" is forbidden: ask  the\nplatform team.', {
      status: 403,
    });
    const { refusal } = await ask({}, { says: refuse('Service', policy) });
    assert.match(refusal?.message ?? '', /: services "weather" is forbidden: ask the platform team$/);
    assert.equal(refusal?.code, 403);
  });
});

describe('what may be over in a moment, or is not the server’s fault, is a warning', () => {
  const rows: Readonly<Record<string, readonly [ApiError, RegExp]>> = {
    'a quota': [
      new ApiError('Forbidden', 'exceeded quota: q', { status: 403 }),
      /does not fit in the namespace's ResourceQuota/,
    ],
    'a right of the operator': [
      new ApiError('Forbidden', 'User "x" cannot patch resource "deployments"', { status: 403 }),
      /The operator has no right to do this/,
    ],
    'a webhook that does not answer': [
      new ApiError('ServerError', 'failed calling webhook "x": refused', { status: 500 }),
      /could not be checked with the API server \(failed calling webhook/,
    ],
    'an API server that does not answer': [new ApiError('Timeout', 'late'), /could not be checked .*late/],
  };
  for (const [what, [error, pattern]] of Object.entries(rows)) {
    test(what, async () => {
      const { allowed, warnings } = await ask({}, { says: refuse('Deployment', error) });
      assert.equal(allowed, true);
      assert.match(warnings.join(), pattern);
    });
  }

  const silent: Readonly<Record<string, ApiError>> = {
    'a namespace that is going': new ApiError('Forbidden', 'x', { causes: [{ reason: 'NamespaceTerminating' }] }),
    'somebody who writes at the same time': new ApiError('Invalid', 'x', { causes: [{ field: 'metadata.uid' }] }),
  };
  for (const [what, error] of Object.entries(silent)) {
    test(`${what}: nothing is said`, async () => {
      const { allowed, warnings } = await ask({}, { says: refuse('Deployment', error) });
      assert.deepEqual([allowed, warnings], [true, []]);
    });
  }

  test('too many at a time: said, and nothing is sent', async () => {
    const { allowed, warnings, sent } = await ask({}, { perSecond: 0 });
    assert.deepEqual([allowed, sent], [true, []]);
    assert.match(warnings.join(), /was not checked \(too many are being written\): its condition Accepted will say/);
  });
});

describe('an update', () => {
  const before = aServer();
  const server = aServer({ image: 'example.com/weather:2.0' });
  const children = { Deployment: aLiveDeployment(before), Service: aLiveService(before) };
  const update = { operation: 'UPDATE', before, server };

  test('is tried on what is there, and only what changes', async () => {
    const { sent } = await ask(update, { snapshot: { children } });
    assert.deepEqual(sent, ['Deployment uid uid-deployment force']);
  });

  test('is refused when it makes the Deployment one that is refused', async () => {
    const says: Says = (_kind, object) => (JSON.stringify(object).includes(':2.0') ? invalid : undefined);
    const { allowed, refusal } = await ask(update, { says, snapshot: { children } });
    assert.equal(allowed, false);
    assert.match(refusal?.message ?? '', /spec\.env\[0\]\.name/);
  });

  test('is let through with a warning when it was as bad before', async () => {
    const { allowed, warnings } = await ask(update, { says: refuse('Deployment', invalid) });
    assert.equal(allowed, true);
    assert.match(warnings.join(), /the API server would refuse the Deployment/);
  });

  test('is let through with a warning where a stranger is in the way: it may be to stop it', async () => {
    const { allowed, warnings } = await ask(update, { says: refuse('Service', taken), there: stranger });
    assert.equal(allowed, true);
    assert.match(warnings.join(), /A Service named weather already exists/);
  });

  test('of fields in another order is no update', async () => {
    const reordered = { ...before, spec: Object.fromEntries(Object.entries(before.spec).reverse()) } as MCPServer;
    const { sent } = await ask({ operation: 'UPDATE', before: reordered, server: aServer() });
    assert.deepEqual(sent, []);
  });
});

test('a predecessor’s child that is going is in nobody’s way', async () => {
  const owner = aLiveDeployment().metadata.ownerReferences?.[0];
  const leaving = aLiveDeployment(
    aServer(),
    {},
    owner === undefined ? {} : { ownerReferences: [{ ...owner, uid: 'before' }] },
  );
  const { allowed, warnings, sent } = await ask(
    {},
    { snapshot: { children: { Deployment: leaving, Service: undefined } } },
  );
  assert.deepEqual([allowed, warnings, sent], [true, [], ['Service version 1']]);
});
