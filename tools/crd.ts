import { categories, group, kind, listKind, plural, shortNames, singular, version } from '../src/api/v1alpha1/names.ts';
import { mcpServer, printerColumns, scale } from '../src/api/v1alpha1/schema.ts';
import { type StructuralSchema, structuralSchemaOf } from './structural-schema.ts';

/** A CustomResourceDefinition with one version, as far as it is written here. */
export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1';
  readonly kind: 'CustomResourceDefinition';
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly group: string;
    readonly names: Readonly<Record<string, string | readonly string[]>>;
    readonly scope: 'Namespaced';
    readonly versions: readonly [
      {
        readonly name: string;
        readonly served: true;
        readonly storage: true;
        readonly schema: { readonly openAPIV3Schema: StructuralSchema };
        readonly subresources: { readonly status: object; readonly scale: object };
        readonly additionalPrinterColumns: readonly object[];
      },
    ];
  };
}

/** The CustomResourceDefinition of MCPServer, made from its schema. */
export function customResourceDefinition(): CustomResourceDefinition {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      labels: { 'app.kubernetes.io/name': 'smooth-operator', 'app.kubernetes.io/managed-by': 'kustomize' },
    },
    spec: {
      group,
      names: { kind, listKind, plural, singular, shortNames, categories },
      scope: 'Namespaced',
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          additionalPrinterColumns: printerColumns.map(({ wide, ...column }) =>
            wide ? { ...column, priority: 1 } : column,
          ),
          subresources: { status: {}, scale },
          schema: { openAPIV3Schema: structuralSchemaOf(mcpServer) },
        },
      ],
    },
  };
}
