import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { authorize, parseChallenge } from './authorization.ts';
import type { Answer, Exchange } from './exchange.ts';

const where = { host: 'registry.example', scope: 'repository:team/app:pull,push' };
const robot = { kind: 'password', username: 'robot', password: 'secret' } as const;
const bearer = parseChallenge('Bearer realm="https://auth.example/token?x=1",service="registry.example"');

function server(status: number, body: unknown) {
  const seen: Exchange[] = [];
  const send = async (exchange: Exchange): Promise<Answer> => {
    seen.push(exchange);
    return { status, headers: {}, text: typeof body === 'string' ? body : JSON.stringify(body) };
  };
  return { seen, send };
}

describe('parseChallenge', () => {
  it('reads scheme and parameters, commas within quotes too', () => {
    const header =
      'Bearer realm="https://auth.example/token",service="r",scope="repository:a:pull,push",error=invalid_token';
    assert.deepEqual(parseChallenge(header), {
      scheme: 'bearer',
      parameters: {
        realm: 'https://auth.example/token',
        service: 'r',
        scope: 'repository:a:pull,push',
        error: 'invalid_token',
      },
    });
  });

  it('reads a scheme alone, and quoted quotes', () => {
    assert.deepEqual(parseChallenge('Basic'), { scheme: 'basic', parameters: {} });
    assert.deepEqual(parseChallenge('BASIC Realm="a \\"b\\""').parameters, { realm: 'a "b"' });
  });
});

describe('authorize', () => {
  it('answers Basic with the password itself, and asks nobody', async () => {
    const { seen, send } = server(200, {});
    const header = await authorize(parseChallenge('Basic realm="x"'), robot, where, send);
    assert.equal(header, `Basic ${Buffer.from('robot:secret').toString('base64')}`);
    assert.deepEqual(seen, []);
  });

  it('asks the token server for just what is to be done', async () => {
    const { seen, send } = server(200, { access_token: 't' });
    assert.equal(await authorize(bearer, robot, where, send), 'Bearer t');
    const [request] = seen;
    assert.equal(request?.url.origin, 'https://auth.example');
    assert.deepEqual(Object.fromEntries(request?.url.searchParams ?? []), {
      x: '1',
      service: 'registry.example',
      scope: where.scope,
    });
    assert.match(String(request?.headers?.authorization), /^Basic /);
  });

  it('asks without a login where there is none: some give a token to anybody', async () => {
    const { seen, send } = server(200, { token: 't' });
    assert.equal(await authorize(bearer, undefined, where, send), 'Bearer t');
    assert.equal(seen[0]?.headers?.authorization, undefined);
  });

  for (const body of ['<html>', {}, { token: '' }, { token: 5 }]) {
    it(`refuses ${JSON.stringify(body)} for a token`, async () => {
      await assert.rejects(authorize(bearer, robot, where, server(200, body).send), {
        code: 'Registry',
        message: 'auth.example answers a request for a token with something else',
      });
    });
  }

  for (const header of ['Negotiate', 'Bearer service="x"', 'Bearer realm="not a url"']) {
    it(`says that ${JSON.stringify(header)} is not known`, async () => {
      await assert.rejects(authorize(parseChallenge(header), robot, where, server(200, {}).send), /not known here/);
    });
  }
});
