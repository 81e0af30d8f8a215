import type { IncomingMessage, ServerResponse } from 'node:http';
import { writeKubeconfig } from '../../../cluster/kubeconfig.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createArmory } from './armory.ts';
import type { Exchange, ProxyParts } from './exchange.ts';
import { reset } from './exchange.ts';
import type { Visitor } from './front.ts';
import { startFront } from './front.ts';
import { parseCall } from './parse-call.ts';
import { parsedJson } from './parsed-json.ts';
import type { FaultProxy, FaultProxyOptions } from './proxy-contract.ts';
import { createRecorder } from './recorder.ts';
import { harmRequest, passRequest } from './serve-request.ts';
import { serveWatch } from './serve-watch.ts';
import { createTravel } from './travel.ts';
import { createUpstream } from './upstream.ts';

/**
 * Starts a proxy on a free port of loopback. It passes everything on until it is told otherwise, and writes down what
 * it sees: bodies and objects, so keep real secrets away from it.
 *
 * Nobody closes it but the caller.
 */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const { target, onCrash, placeholders = {}, instance = '1', clock = systemClock } = options;
  const recorder = createRecorder(clock);
  const armory = createArmory(placeholders);
  const upstream = createUpstream(target);
  const dead = new Set<string>();
  const watches = new Set<Exchange>();
  let pending = 0;

  // Those who check the certificate go by the real time, whatever the clock is.
  const front = await startFront((...visit) => void receive(...visit), instance, systemClock.now());
  const parts: ProxyParts = {
    clock,
    recorder,
    armory,
    upstream,
    placeholders,
    travel: createTravel(clock),
    doom: (victim) => void dead.add(victim),
    async crash(victim, reason) {
      dead.add(victim);
      await onCrash?.({ instance: victim, reason });
      front.cut(victim);
    },
    resetWatches(of, resources) {
      for (const exchange of [...watches]) {
        const { entry, visitor } = exchange;
        const concerned = resources.length === 0 || resources.includes(entry.resource);
        if (visitor.instance === of && concerned) reset(parts, exchange);
      }
    },
  };

  async function receive(request: IncomingMessage, response: ServerResponse, visitor: Visitor): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    // The operator may close its end at any time; that is seen as `close`.
    response.on('error', () => undefined);
    const body = await readBody(request);
    if (body === undefined) return;
    const exchange = exchangeOf(request, response, visitor, body, gone.signal);
    if (dead.has(visitor.instance)) return reset(parts, exchange);
    const isWatch = exchange.entry.verb === 'watch';
    if (isWatch) watches.add(exchange);
    else pending++;
    try {
      await serve(exchange);
    } catch (thrown) {
      // A defect of the proxy's own must not pass for one of the operator's.
      recorder.note(visitor.instance, `the proxy itself failed at ${exchange.entry.seq}: ${String(thrown)}`);
      reset(parts, exchange);
    } finally {
      if (isWatch) watches.delete(exchange);
      else pending--;
    }
  }

  function exchangeOf(
    request: IncomingMessage,
    response: ServerResponse,
    visitor: Visitor,
    body: Buffer,
    gone: AbortSignal,
  ): Exchange {
    const { method = '', url = '/', headers } = request;
    const text = body.toString('utf8');
    const parsed = parsedJson(text);
    const call = parseCall({ method, url, contentType: headers['content-type'], body: parsed });
    const { instance: from, connection } = visitor;
    const entry = recorder.request(call, { instance: from, connection, text, body: parsed });
    return { entry, outgoing: { method, url, headers, body }, visitor, response, gone };
  }

  async function serve(exchange: Exchange): Promise<void> {
    const { entry } = exchange;
    const found = armory.request(entry);
    if (found?.on === 'request') return harmRequest(parts, exchange, found.armed);
    if (entry.verb === 'watch') return serveWatch(parts, exchange, found?.armed);
    return passRequest(parts, exchange);
  }

  return {
    url: front.url,
    get ca() {
      return front.ca();
    },
    trace: recorder.entries,
    recording: () => ({ placeholders, entries: structuredClone(recorder.entries) }),
    inject: armory.inject,
    clear: armory.clear,
    newInstance(name) {
      const next = front.newInstance(name);
      dead.delete(next);
      recorder.note(next, 'a new instance');
      return next;
    },
    note: (text) => void recorder.note(front.instance(), text),
    writeKubeconfig: (file, { token, namespace }) =>
      writeKubeconfig(file, { server: front.url, ca: front.ca(), user: 'operator', credentials: { token }, namespace }),
    refuse: () => front.refuse(true),
    accept: () => front.refuse(false),
    cut: () => front.cut(),
    retarget(next) {
      upstream.retarget(next);
      front.cut();
    },
    rotateAuthority: front.rotateAuthority,
    get pending() {
      return pending;
    },
    async close() {
      armory.clear();
      await front.close();
      upstream.close();
    },
  };
}

/** @returns undefined when it breaks off: there is nobody to answer */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk);
  } catch (error) {
    // ECONNRESET: the operator was killed while it wrote.
    if (error instanceof Error) return undefined;
    throw error;
  }
  return Buffer.concat(chunks);
}
