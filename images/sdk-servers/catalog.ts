import type { ServerFacts } from '../../src/mcp/verdict.ts';
import type { Recipe } from '../recipe.ts';
import { serverEverythingImage } from '../server-everything-image.ts';
import { goImage } from './go-image.ts';
import { pythonImage } from './python-image.ts';
import { rustImage } from './rust-image.ts';
import { tsV1Image } from './ts-v1-image.ts';
import { tsV2Image } from './ts-v2-image.ts';

/** The images of the servers below, by name. A catalog of their own: nothing but tests needs them. */
export const sdkImages = {
  'sdk-ts-v1': tsV1Image,
  'sdk-ts-v2': tsV2Image,
  'sdk-go': goImage,
  'sdk-python-v1': pythonImage('v1'),
  'sdk-python-v2': pythonImage('v2'),
  'sdk-rust': rustImage,
  'server-everything': serverEverythingImage,
} as const satisfies Record<string, Recipe>;

/** The name of an image in `sdkImages`. */
export type SdkImageName = keyof typeof sdkImages;

/**
 * When a server looks at `Host`, to guard against DNS rebinding.
 * - `Always`: only `localhost` is allowed until `ALLOWED_HOSTS` says what else is. So no Service reaches it.
 * - `WhenAsked`: only when `ALLOWED_HOSTS` is set.
 * - `OnLoopback`: only what comes in by a loopback address, as nothing does in a pod. `ALLOWED_HOSTS` has no meaning.
 * - `Never`: it has no such guard.
 */
export type HostCheck = 'Always' | 'WhenAsked' | 'OnLoopback' | 'Never';

/** A server that is made here, as an MCPServer would describe it. */
export interface SdkServer {
  /** What it is made with. */
  readonly sdk: string;
  readonly image: SdkImageName;
  /** `args` of the container. */
  readonly args: readonly string[];
  readonly transport: 'StreamableHTTP' | 'SSE';
  /** Of the MCP endpoint; of the event stream for `SSE`. */
  readonly path: string;
  readonly hostCheck: HostCheck;
  /** What a probe finds. */
  readonly finds: Found;
}

/** What tells one server from another, as a probe sees it. */
export type Found = Pick<ServerFacts, 'era' | 'protocolVersion' | 'name' | 'stateful'> & {
  /** How many. */
  readonly tools: number;
};

const streamableHttp = { transport: 'StreamableHTTP', path: '/mcp' } as const;
const tsV1 = { sdk: '@modelcontextprotocol/sdk 1.32.2', image: 'sdk-ts-v1', hostCheck: 'WhenAsked' } as const;
const tsV2 = { sdk: '@modelcontextprotocol/server 2.4.0', image: 'sdk-ts-v2', hostCheck: 'WhenAsked' } as const;
const go = { sdk: 'go-sdk 1.8.0', image: 'sdk-go', hostCheck: 'OnLoopback' } as const;
const pythonV1 = { sdk: 'mcp (Python) 1.30.0', image: 'sdk-python-v1', hostCheck: 'WhenAsked' } as const;
const pythonV2 = { sdk: 'mcp (Python) 2.3.0', image: 'sdk-python-v2', hostCheck: 'WhenAsked' } as const;
const rust = { sdk: 'rmcp 3.11.0', image: 'sdk-rust', hostCheck: 'Always' } as const;
const everything = { sdk: 'server-everything 2026.8.31', image: 'server-everything', hostCheck: 'Never' } as const;

const modern = { era: 'modern', protocolVersion: '2026-07-28', tools: 2 } as const;
const legacy = { era: 'legacy', protocolVersion: '2025-11-25', tools: 2 } as const;

/** Every server that is made here. All listen on `PORT` (8080) of all addresses, and have no `/health`. */
export const sdkServers = {
  'ts-v1-stateful': {
    ...tsV1,
    ...streamableHttp,
    args: ['stateful'],
    finds: { ...legacy, name: 'sdk-ts-v1', stateful: true },
  },
  'ts-v1-stateless': {
    ...tsV1,
    ...streamableHttp,
    args: ['stateless'],
    finds: { ...legacy, name: 'sdk-ts-v1', stateful: false },
  },
  'ts-v2-modern': {
    ...tsV2,
    ...streamableHttp,
    args: ['modern'],
    finds: { ...modern, name: 'sdk-ts-v2', stateful: false },
  },
  'ts-v2-strict': {
    ...tsV2,
    ...streamableHttp,
    args: ['strict'],
    finds: { ...modern, name: 'sdk-ts-v2', stateful: false },
  },
  'ts-v2-legacy': {
    ...tsV2,
    ...streamableHttp,
    args: ['legacy'],
    finds: { ...legacy, name: 'sdk-ts-v2', stateful: false },
  },
  'go-stateful': {
    ...go,
    ...streamableHttp,
    args: ['stateful'],
    finds: { ...legacy, name: 'sdk-go', stateful: true },
  },
  'go-stateless': {
    ...go,
    ...streamableHttp,
    args: ['stateless'],
    finds: { ...modern, name: 'sdk-go', stateful: false },
  },
  'python-v1-stateful': {
    ...pythonV1,
    ...streamableHttp,
    args: ['stateful'],
    finds: { ...legacy, name: 'sdk-python-v1', stateful: true },
  },
  'python-v1-stateless': {
    ...pythonV1,
    ...streamableHttp,
    args: ['stateless'],
    finds: { ...legacy, name: 'sdk-python-v1', stateful: false },
  },
  'python-v2-stateful': {
    ...pythonV2,
    ...streamableHttp,
    args: ['stateful'],
    finds: { ...modern, name: 'sdk-python-v2', stateful: true },
  },
  'python-v2-stateless': {
    ...pythonV2,
    ...streamableHttp,
    args: ['stateless'],
    finds: { ...modern, name: 'sdk-python-v2', stateful: false },
  },
  'rust-stateful': {
    ...rust,
    ...streamableHttp,
    args: ['stateful'],
    finds: { ...modern, name: 'sdk-rust', stateful: true },
  },
  'rust-stateless': {
    ...rust,
    ...streamableHttp,
    args: ['stateless'],
    finds: { ...modern, name: 'sdk-rust', stateful: false },
  },
  'everything-http': {
    ...everything,
    ...streamableHttp,
    args: ['streamableHttp'],
    finds: { ...legacy, name: 'mcp-servers/everything', stateful: true, tools: 13 },
  },
  // In this mode it handles no signal at all: a pod of it ends when its grace period does.
  'everything-sse': {
    ...everything,
    transport: 'SSE',
    path: '/sse',
    args: ['sse'],
    finds: {
      era: 'http+sse',
      protocolVersion: '2025-11-25',
      name: 'mcp-servers/everything',
      stateful: true,
      tools: 13,
    },
  },
} as const satisfies Record<string, SdkServer>;

/** The name of a server in `sdkServers`. */
export type SdkServerName = keyof typeof sdkServers;

/** True for a name in `sdkServers`. */
export function isSdkServerName(name: string): name is SdkServerName {
  return Object.hasOwn(sdkServers, name);
}

/** The names of all servers. */
export const sdkServerNames: readonly SdkServerName[] = Object.keys(sdkServers).filter(isSdkServerName);
