import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { NOW } from '../../test/support/snapshots.ts';
import { ApiError } from '../runtime/errors.ts';
import { statusError } from '../runtime/status-error.ts';
import { classify, type Objection, type Refusal, refusalOf } from './refusals.ts';

/** What the API server really answers, made into an error as the client does it. */
function answer(code: number, reason: string, message: string, causes: readonly object[] = []): ApiError {
  const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, details: { causes } };
  return statusError('PATCH /…', code, JSON.stringify(status));
}

interface Row {
  readonly name: string;
  readonly error: ApiError;
  readonly objection: Objection | undefined;
}

const forbidden = 'deployments.apps "weather" is forbidden:';
const quota = `${forbidden} exceeded quota: objects, requested: count/deployments.apps=1, used: count/deployments.apps=5, limited: count/deployments.apps=5`;
const noRight = `${forbidden} User "system:serviceaccount:smooth-operator-system:smooth-operator" cannot patch resource "deployments" in API group "apps" in the namespace "team-a"`;
const noOwnerRight = `${forbidden} cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: , <nil>`;
const webhook =
  'admission webhook "validate.policy.example.com" denied the request: images must come from our registry';
const downWebhook =
  'Internal error occurred: failed calling webhook "validate.policy.example.com": failed to call webhook: connection refused';
const policy = `${forbidden} ValidatingAdmissionPolicy 'max' with binding 'max' denied request: at most 3 replicas`;
const invalid =
  'Deployment.apps "weather" is invalid: spec.template.spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1';

function refused(message: string): Objection {
  return {
    reason: 'Refused',
    message: `The API server refuses Deployment weather: ${message}. Change the MCPServer's spec, or the policy that refuses it.`,
  };
}

function lacksRight(message: string): Objection {
  return {
    reason: 'Forbidden',
    message: `The operator has no right to do this: ${message}. Install the operator's roles again (config/rbac).`,
  };
}

const rows: readonly Row[] = [
  {
    name: 'a quota on objects',
    error: answer(403, 'Forbidden', quota),
    objection: {
      reason: 'QuotaExceeded',
      message: `Deployment weather does not fit in the namespace's ResourceQuota: ${quota}. Raise the quota or free some of it.`,
    },
  },
  {
    name: 'a namespace that is being deleted, told by the cause',
    error: answer(
      403,
      'Forbidden',
      `${forbidden} unable to create new content in namespace team-a because it is being terminated`,
      [
        {
          reason: 'NamespaceTerminating',
          message: 'namespace team-a is being terminated',
          field: 'metadata.namespace',
        },
      ],
    ),
    objection: {
      reason: 'NamespaceTerminating',
      message:
        'The namespace is being deleted, so no Deployment can be created in it. Create the MCPServer in another namespace.',
    },
  },
  {
    name: 'an admission webhook that does not answer: the API server says 500 for as long as that lasts',
    error: answer(500, 'InternalError', downWebhook),
    objection: refused(downWebhook),
  },
  { name: 'no right', error: answer(403, 'Forbidden', noRight), objection: lacksRight(noRight) },
  {
    name: 'no right to block the deletion of the owner (OwnerReferencesPermissionEnforcement)',
    error: answer(403, 'Forbidden', noOwnerRight),
    objection: lacksRight(noOwnerRight),
  },
  {
    name: 'a verb that we have not declared ourselves',
    error: new ApiError('NotDeclared', 'deployments.apps does not declare patch'),
    objection: lacksRight('deployments.apps does not declare patch'),
  },
  { name: 'an admission webhook', error: answer(403, 'Forbidden', webhook), objection: refused(webhook) },
  {
    name: 'an admission webhook that says 400',
    error: answer(400, 'BadRequest', webhook),
    objection: refused(webhook),
  },
  { name: 'an admission policy', error: answer(422, 'Invalid', policy), objection: refused(policy) },
  {
    name: 'a value that the API server does not take',
    error: answer(422, 'Invalid', invalid, [
      { reason: 'FieldValueInvalid', field: 'spec.template.spec.containers[0].resources.requests' },
    ]),
    objection: refused(invalid),
  },
  {
    name: 'an object that is too large',
    error: answer(413, 'RequestEntityTooLarge', 'Request entity too large: limit is 3145728'),
    objection: refused('Request entity too large: limit is 3145728'),
  },
  {
    name: 'any other internal error is tried again',
    error: answer(500, 'InternalError', 'Internal error occurred: etcdserver: leader changed'),
    objection: undefined,
  },
  {
    name: 'a conflict is read again',
    error: answer(409, 'Conflict', 'the object has been modified'),
    objection: undefined,
  },
  {
    name: 'a namespace that is not there, for we may be faster than its creation',
    error: answer(404, 'NotFound', 'namespaces "team-a" not found'),
    objection: undefined,
  },
  {
    name: 'too many requests',
    error: answer(429, 'TooManyRequests', 'please try again later'),
    objection: undefined,
  },
  { name: 'a token that has expired', error: answer(401, 'Unauthorized', 'Unauthorized'), objection: undefined },
  { name: 'a server that is gone', error: new ApiError('Network', 'connect ECONNREFUSED'), objection: undefined },
  { name: 'no answer in time', error: new ApiError('Timeout', 'no answer in 10 s'), objection: undefined },
  { name: 'our own shutdown', error: new ApiError('Aborted', 'stopping'), objection: undefined },
  { name: 'a lost lease', error: new ApiError('NotLeader', 'not the leader'), objection: undefined },
];

describe('what an answer means', () => {
  for (const { name, error, objection } of rows) {
    test(name, () => assert.deepEqual(classify(error, 'Deployment', 'weather'), objection));
  }

  test('the child is named in its own words', () => {
    const error = answer(403, 'Forbidden', 'services "mcp" is forbidden: exceeded quota: q, requested: services=1');
    assert.match(classify(error, 'Service', 'mcp')?.message ?? '', /^Service mcp does not fit/);
  });
});

describe('when a refused wish is tried again', () => {
  const objection: Objection = { reason: 'Refused', message: 'no' };

  function chain(length: number, hash = 'h'): readonly Refusal[] {
    const refusals: Refusal[] = [];
    for (let now = NOW; refusals.length < length; now = refusals.at(-1)?.retryAt ?? now) {
      refusals.push(refusalOf(objection, { hash, now, previous: refusals.at(-1) }));
    }
    return refusals;
  }

  test('after 10 s, twice as long each time, at most 5 min', () => {
    const refusals = chain(8);
    const starts = [NOW, ...refusals.map(({ retryAt }) => retryAt)];
    const seconds = refusals.map(({ retryAt }, index) => (retryAt - (starts[index] ?? 0)) / 1000);
    assert.deepEqual(seconds, [10, 20, 40, 80, 160, 300, 300, 300]);
    assert.deepEqual(
      refusals.map(({ times }) => times),
      [1, 2, 3, 4, 5, 6, 7, 8],
    );
  });

  test('another wish starts anew', () => {
    const previous = chain(5).at(-1);
    assert.deepEqual(refusalOf(objection, { hash: 'other', now: NOW, previous }), {
      ...objection,
      hash: 'other',
      retryAt: NOW + 10_000,
      times: 1,
    });
  });

  test('another reason for the same wish does not', () => {
    const [previous] = chain(1);
    const next = refusalOf({ reason: 'QuotaExceeded', message: 'full' }, { hash: 'h', now: NOW, previous });
    assert.deepEqual(next, { reason: 'QuotaExceeded', message: 'full', hash: 'h', retryAt: NOW + 20_000, times: 2 });
  });

  test('however often refused, the next try is in the future and no later than 5 min', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), (times) => {
        const previous: Refusal = { ...objection, hash: 'h', retryAt: NOW, times };
        const { retryAt } = refusalOf(objection, { hash: 'h', now: NOW, previous });
        assert.ok(retryAt > NOW && retryAt <= NOW + 300_000);
      }),
    );
  });
});
