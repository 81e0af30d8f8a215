import type { Static } from '@sinclair/typebox';
import type { conditions } from './condition.ts';
import type { env, envFrom } from './environment.ts';
import type { health } from './health.ts';
import type { resourceRequirements } from './quantity.ts';
import type { spec } from './spec.ts';
import type { status } from './status.ts';
import type { Draft, Frozen } from './structural.ts';
import type { verify } from './verify.ts';

/**
 * The types of an MCPServer, derived from the schema. Types only: importing this file loads nothing.
 */

/** `metadata` of an object that the API server returned: what every stored, namespaced object has. */
export interface MCPServerMeta {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An MCPServer as the API server returns it: defaults are filled in. */
export interface MCPServer {
  readonly apiVersion: 'mcp.mcp.dev/v1alpha1';
  readonly kind: 'MCPServer';
  readonly metadata: MCPServerMeta;
  readonly spec: MCPServerSpec;
  /** Absent until the operator has written it. */
  readonly status?: MCPServerStatus;
}

export type MCPServerSpec = Frozen<Static<typeof spec>>;
export type MCPServerStatus = Frozen<Static<typeof status>>;
export type Health = Frozen<Static<typeof health>>;
export type Verify = Frozen<Static<typeof verify>>;
export type ResourceRequirements = Frozen<Static<typeof resourceRequirements>>;
export type EnvVar = Frozen<Static<typeof env>>[number];
export type EnvFromSource = Frozen<Static<typeof envFrom>>[number];
export type Condition = Frozen<Static<typeof conditions>>[number];
export type Phase = NonNullable<MCPServerStatus['phase']>;

/** An MCPServer as a person writes it: what has a default may be left out. */
export interface MCPServerDraft {
  readonly apiVersion: 'mcp.mcp.dev/v1alpha1';
  readonly kind: 'MCPServer';
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: MCPServerSpecDraft;
}

export type MCPServerSpecDraft = Draft<typeof spec>;
