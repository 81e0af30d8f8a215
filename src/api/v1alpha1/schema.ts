import { Type } from '@sinclair/typebox';
import { resourceNameRule } from './dns-name.ts';
import { spec } from './spec.ts';
import { status } from './status.ts';
import { fields, optional } from './structural.ts';

/**
 * The MCPServer schema, written once. Everything else is made from it: the TypeScript types (mcp-server.ts), the
 * CustomResourceDefinition with its defaults and rules, and the API reference (tools/).
 *
 * Loads TypeBox, a development dependency: code that runs in production may import types from here and nothing else.
 */
export const mcpServer = {
  ...fields(
    {
      apiVersion: optional(Type.String({ description: 'Always mcp.mcp.dev/v1alpha1.' })),
      kind: optional(Type.String({ description: 'Always MCPServer.' })),
      // The API server has its own schema for metadata and allows no more than this: it lets a rule point at the name.
      metadata: optional(Type.Object({ name: optional(Type.String()) })),
      spec,
      status: optional(status),
    },
    {
      description:
        'A Model Context Protocol (MCP) server. The operator runs the image in a Deployment, puts a Service of the same name in front of it, and reports in status what became of it.',
      rules: [resourceNameRule],
    },
  ),
};

/** One column of `kubectl get smcp`. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly jsonPath: string;
  readonly description: string;
  /** True: only with `-o wide`. */
  readonly wide?: boolean;
}

export const printerColumns: readonly PrinterColumn[] = [
  { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'Pending, Running, Failed or Stopped.' },
  {
    name: 'Ready',
    type: 'string',
    jsonPath: '.status.conditions[?(@.type=="Ready")].status',
    description: 'Whether clients are served.',
  },
  {
    name: 'Available',
    type: 'integer',
    jsonPath: '.status.availableReplicas',
    description: 'Pods that are ready to serve.',
  },
  {
    name: 'Verified',
    type: 'integer',
    jsonPath: '.status.verifiedReplicas',
    description: 'Pods that passed the last MCP handshake.',
  },
  { name: 'Tools', type: 'integer', jsonPath: '.status.tools.count', description: 'Tools that it offers.' },
  {
    name: 'Protocol',
    type: 'string',
    jsonPath: '.status.server.protocolVersion',
    description: 'The revision of MCP that it speaks.',
  },
  {
    name: 'Server',
    type: 'string',
    jsonPath: '.status.server.name',
    description: 'What it calls itself.',
    wide: true,
  },
  {
    name: 'URL',
    type: 'string',
    jsonPath: '.status.url',
    description: 'Where clients in the cluster reach it.',
    wide: true,
  },
  {
    name: 'Health',
    type: 'string',
    jsonPath: '.status.health.type',
    description: 'How the pods are probed.',
    wide: true,
  },
  { name: 'Image', type: 'string', jsonPath: '.spec.image', description: 'The image that was asked for.', wide: true },
  {
    name: 'Reason',
    type: 'string',
    jsonPath: '.status.conditions[?(@.type=="Ready")].reason',
    description: 'Why it is ready or not.',
    wide: true,
  },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since it was created.' },
];

/** Where the scale subresource (`kubectl scale`, autoscalers) reads and writes. */
export const scale = {
  specReplicasPath: '.spec.replicas',
  statusReplicasPath: '.status.replicas',
  labelSelectorPath: '.status.selector',
};
