import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { watchedResources } from '../../../tools/operator-rights.ts';
import { clusterRoleFor } from '../../../tools/rbac.ts';
import { type PolicyRule, useControlPlane } from '../../support/control-plane.ts';
import { conditionOf, installMCPServerCrd, startOperator, type TestOperator } from '../../support/operator.ts';
import { createNamespaceStage, type NamespaceStage } from '../../support/operator-stage.ts';
import { startPlainMcpServer } from '../../support/plain-mcp-server.ts';
import { completeReadiness, reportServing } from '../../support/serving-pods.ts';
import { until } from '../../support/until.ts';

/**
 * Each generated right is taken away in turn. The operator stays up, says which verb on which resource it lacks, and
 * goes on by itself or with the next change when it gets it back. So no right is superfluous, and none is a riddle.
 */

const plane = await useControlPlane();
await installMCPServerCrd(plane);

interface Scene extends NamespaceStage {
  readonly operator: TestOperator;
}

/** How the lack of a right shows, and how it is over. */
interface Lack {
  /** What is in the namespace before the operator starts. */
  readonly before?: (stage: NamespaceStage) => Promise<unknown>;
  /** Makes the operator need the right, and waits for whatever follows beside the words. */
  readonly need: (scene: Scene) => Promise<unknown>;
  /** Everything that is said about it, to be searched for verb and resource. */
  readonly said: (scene: Scene) => Promise<string>;
  /** Waits for what was held up. The right has been given back. */
  readonly healed: (scene: Scene) => Promise<unknown>;
  /** When the lack is one of the list that caches start with. */
  readonly holdsUpStart?: boolean;
}

const nothing = async () => undefined;
const inLog = async ({ operator }: Scene) =>
  operator.log.lines
    .filter(({ level }) => level === 'warn' || level === 'error')
    .map(({ message, fields }) => `${message}: ${fields.error}`)
    .join('\n');
const weather = ({ servers }: NamespaceStage) => servers.create('weather');
const accepted = ({ servers }: NamespaceStage) =>
  servers.untilStatus('weather', 'accepted', (now) => conditionOf(now, 'Accepted')?.status === 'True');
const touch = ({ servers }: NamespaceStage) => servers.change('weather', { image: 'example.com/weather:2.0' });
const inCondition = async ({ servers }: Scene) => conditionOf(await servers.get('weather'), 'Accepted')?.message ?? '';

/** The cache cannot be filled: not ready, and the reason is at /readyz. */
const list: Lack = {
  holdsUpStart: true,
  before: weather,
  need: ({ operator }) => until(async () => (await operator.page('/readyz')).status === 500, { what: 'not ready' }),
  said: async ({ operator }) => (await operator.page('/readyz')).text,
  healed: async (scene) => {
    await accepted(scene);
    const { operator } = scene;
    await until(async () => (await operator.page('/readyz')).status === 200, { what: 'ready' });
  },
};
/** The cache is filled, and grows old. */
const watch: Lack = {
  need: nothing,
  said: inLog,
  healed: async (scene) => {
    await until(() => scene.operator.log.at('info').includes('Watching works again'), { what: 'the watch' });
    await weather(scene);
    await accepted(scene);
  },
};
/** Told where the user looks. Tried again after ten seconds without any change. */
const write: Lack = { need: weather, said: inCondition, healed: accepted };
/** The status itself cannot be written, so the log is all there is. */
const status: Lack = {
  need: weather,
  said: inLog,
  healed: async (scene) => [await touch(scene), await accepted(scene)],
};

/** Who is there already? */
function look(resource: 'deployment' | 'service'): Lack {
  const create =
    resource === 'service' ? ['service', 'clusterip', 'weather', '--tcp=80'] : ['deployment', 'weather', '--image=i'];
  return {
    before: ({ kubectl }) => kubectl('create', ...create),
    need: weather,
    said: inCondition,
    healed: async (scene) => {
      const foreign = (now: Parameters<typeof conditionOf>[0]) =>
        conditionOf(now, 'Accepted')?.reason === 'ForeignObject';
      await scene.servers.untilStatus('weather', 'told', foreign);
    },
  };
}

/** The Service of a Deployment that was refused is taken back. */
const takeBack: Lack = {
  before: async ({ kubectl }) => {
    await kubectl('create', 'quota', 'none', '--hard=count/deployments.apps=0');
    const hard = () => kubectl('get', 'quota', 'none', '-o', 'jsonpath={.status.hard}');
    await until(async () => (await hard()) !== '', { what: 'the quota' });
  },
  need: weather,
  said: inCondition,
  healed: async (scene) => {
    const services = () => scene.kubectl('get', 'services', '-o', 'name');
    await until(async () => (await services()) === '', { what: 'the Service to go' });
  },
};

const missing = (name: string) => async (scene: Scene) => {
  await scene.servers.create(name, { secretName: 'keys' });
  await scene.servers.untilStatus(name, 'told', (now) => conditionOf(now, 'Accepted')?.reason === 'SecretNotFound');
};
const tell: Lack = {
  need: missing('weather'),
  said: inLog,
  healed: async (scene) => {
    await missing('harbour')(scene);
    await until(async () => (await scene.events()).some(({ object }) => object.endsWith('/harbour')), { what: 'news' });
  },
};
/** The same thing happens twice: the event that was told is counted up. */
const count: Lack = {
  need: async (scene) => {
    await weather(scene);
    await accepted(scene);
    for (const _ of [1, 2]) await drift(scene);
  },
  said: inLog,
  healed: async (scene) => {
    await drift(scene);
    await until(async () => (await scene.events())[0]?.count === 3, { what: 'the count' });
  },
};

/** The handshake is passed, and the pod cannot be let into the endpoints. */
const gate: Lack = {
  need: (scene) => serve(scene, { health: { type: 'MCP' } }),
  said: inCondition,
  healed: async (scene) => {
    await verifiedIn(scene);
    const told = (await scene.events()).filter(({ reason }) => reason === 'Forbidden');
    assert.deepEqual(
      told.map(({ count }) => count),
      [1],
      'told once',
    );
  },
};

/** Without its token the server is not asked at all: a 401 would be the operator's fault. */
const token: Lack = {
  before: ({ kubectl }) => kubectl('create', 'secret', 'generic', 'login', '--from-literal=token=t'),
  need: (scene) => serve(scene, { verify: { auth: { secretKeyRef: { name: 'login', key: 'token' } } } }),
  said: async ({ servers, namespace }) => {
    await completeReadiness(plane, namespace, 'weather');
    return conditionOf(await servers.get('weather'), 'Verified')?.message ?? '';
  },
  healed: (scene) => verifiedIn(scene),
};

async function serve({ servers, namespace }: Scene, spec: object): Promise<void> {
  const real = await startPlainMcpServer();
  await servers.create('weather', { port: real.port, health: { type: 'HTTP' }, verify: {}, ...spec });
  await reportServing(plane, namespace, 'weather', ['127.0.0.1']);
}

async function verifiedIn({ servers, namespace }: Scene): Promise<void> {
  await until(
    async () => {
      await completeReadiness(plane, namespace, 'weather');
      return conditionOf(await servers.get('weather'), 'Ready')?.status === 'True';
    },
    { what: 'a server that is verified and ready' },
  );
}

async function drift({ kubectl, child }: Scene): Promise<void> {
  await kubectl('label', 'service/weather', '--overwrite', 'app=other');
  await until(async () => (await child('service')).metadata.labels.app === 'weather', { what: 'the label' });
}

/** Every generated right, or why it is not tried here. */
const rights: Readonly<Record<string, Readonly<Record<string, Lack | string>>>> = {
  mcpservers: { list, watch },
  'mcpservers/status': { patch: status },
  'mcpservers/finalizers': {
    update: 'asked for by the admission plugin OwnerReferencesPermissionEnforcement (OpenShift has it), off here',
  },
  deployments: { get: look('deployment'), list, watch, create: write, patch: write },
  services: { get: look('service'), list, watch, create: write, patch: write, delete: takeBack },
  pods: { list, watch },
  'pods/status': { patch: gate },
  secrets: { get: token, list, watch },
  namespaces: {
    get: list,
    watch,
    list: 'no Role can grant it: only the ClusterRole has it, see all-namespaces.test.ts',
  },
  events: { create: tell, patch: count },
};

test('every generated right is in the table, and nothing else is', () => {
  const generated = clusterRoleFor('operator', watchedResources).rules.flatMap(({ resources = [], verbs }) =>
    resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}`)),
  );
  const listed = Object.entries(rights).flatMap(([resource, verbs]) =>
    Object.keys(verbs).map((verb) => `${verb} ${resource}`),
  );
  assert.deepEqual(listed.sort(), generated.sort());
});

const without = (verb: string, resource: string) => (rules: readonly PolicyRule[]) =>
  rules
    .flatMap(({ verbs, resources = [], ...rule }) => [
      { ...rule, verbs, resources: resources.filter((each) => each !== resource) },
      {
        ...rule,
        verbs: verbs.filter((each) => each !== verb),
        resources: resources.filter((each) => each === resource),
      },
    ])
    .filter(({ verbs, resources }) => verbs.length > 0 && resources.length > 0);

describe('without the right to', { concurrency: 8 }, () => {
  for (const [resource, verbs] of Object.entries(rights)) {
    for (const [verb, lack] of Object.entries(verbs)) {
      if (typeof lack === 'string') continue;
      test(`${verb} ${resource}`, () => tryWithout(verb, resource, lack));
    }
  }
});

async function tryWithout(verb: string, resource: string, lack: Lack): Promise<void> {
  const stage = await createNamespaceStage(plane);
  await lack.before?.(stage);
  const operator = await startOperator(plane, {
    namespaces: [stage.namespace],
    flags: { probeVia: 'direct' },
    rules: without(verb, resource),
    waitForCaches: lack.holdsUpStart !== true,
  });
  const scene = { ...stage, operator };
  await lack.need(scene);
  const words = new RegExp(`cannot ${verb} resource \\\\?"${resource}\\\\?"`);
  await until(async () => words.test(await lack.said(scene)), { what: `word of ${verb} ${resource}` });
  assert.equal((await operator.page('/healthz')).status, 200, 'it is not to be restarted');
  await operator.grantAll();
  await lack.healed(scene);
  await operator.stop();
}
