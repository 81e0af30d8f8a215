import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import type { MCPServerDraft } from '../../src/api/v1alpha1/mcp-server.ts';
import type { TestControlPlane } from './control-plane.ts';

/** The CustomResourceDefinition as it is in the repository, and admission by it. */

const crdPath = join(import.meta.dirname, '../../config/crd/bases/mcp.mcp.dev_mcpservers.yaml');

/** The CRD's YAML, as users install it. */
export function readCrd(): Promise<string> {
  return readFile(crdPath, 'utf8');
}

/** What the API server said to a manifest. */
export interface Admission {
  readonly accepted: boolean;
  /** HTTP status. */
  readonly status: number;
  /** The refusal's message; empty when accepted. */
  readonly message: string;
  /** The fields that the refusal's causes name. */
  readonly fields: readonly string[];
  /** The object as it would be stored. */
  readonly object: { readonly metadata: object; readonly spec: Record<string, unknown> };
}

interface Answer {
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly field?: string }[] };
}

/**
 * Asks the API server about a manifest without storing it, as `kubectl create --dry-run=server` does: with strict
 * validation. So tests leave nothing behind, and no operator of another test acts on it.
 *
 * @param object anything, well-formed or not
 */
export async function submit(cluster: TestControlPlane, namespace: string, object: object): Promise<Admission> {
  const path = `/apis/mcp.mcp.dev/v1alpha1/namespaces/${namespace}/mcpservers?dryRun=All&fieldValidation=Strict`;
  const { status, body } = await cluster.request('POST', path, object);
  const accepted = status === 201;
  const { message = '', details } = body as Answer;
  return {
    accepted,
    status,
    message: accepted ? '' : message,
    fields: (details?.causes ?? []).flatMap(({ field }) => (field === undefined ? [] : [field])),
    object: body as Admission['object'],
  };
}

/**
 * A manifest with this spec.
 *
 * @param spec anything, well-formed or not; an image is added where it has none
 */
export function manifest(spec: object, name = 'weather'): object {
  const sound: Omit<MCPServerDraft, 'spec'> = {
    apiVersion: 'mcp.mcp.dev/v1alpha1',
    kind: 'MCPServer',
    metadata: { name },
  };
  return { ...sound, spec: { image: 'example.com/weather:1', ...spec } };
}

/** A spec that must be refused, and all that the message must hold: the field, the value, the fix. */
export type Refusal = readonly [spec: object, ...parts: readonly string[]];

/**
 * Makes one test of each row.
 *
 * @param rows by what is wrong with them
 * @param ask how the API server is asked about a spec
 */
export function testRefusals(rows: Readonly<Record<string, Refusal>>, ask: (spec: object) => Promise<Admission>): void {
  for (const [what, [spec, ...parts]] of Object.entries(rows)) {
    test(`refused: ${what}`, async () => {
      const { accepted, status, message } = await ask(spec);
      assert.ok(!accepted, `${JSON.stringify(spec)} was accepted`);
      assert.ok(status === 422 || status === 400, `answered ${status}`);
      for (const part of parts) {
        assert.ok(message.includes(part), `${JSON.stringify(part)} is missing in: ${message}`);
      }
    });
  }
}

/** The CRD under another group, so that no operator of another test sees its objects. */
export interface TwinCrd {
  readonly crd: object;
  readonly apiVersion: string;
  /** As kubectl wants it: `mcpservers.GROUP`. */
  readonly resource: string;
  /** URL path of the collection in a namespace. */
  path(namespace: string): string;
}

/**
 * A copy of the CRD that differs in nothing but the group and the short names, for tests that must store objects and
 * write their status themselves.
 */
export async function twinCrd(): Promise<TwinCrd> {
  const group = `twin-${randomBytes(4).toString('hex')}.example.com`;
  const crd: { spec: { names: object } } = parse(await readCrd());
  const names = { ...crd.spec.names, shortNames: [], categories: [] };
  const resource = `mcpservers.${group}`;
  return {
    crd: { ...crd, metadata: { name: resource }, spec: { ...crd.spec, group, names } },
    apiVersion: `${group}/v1alpha1`,
    resource,
    path: (namespace) => `/apis/${group}/v1alpha1/namespaces/${namespace}/mcpservers`,
  };
}
