import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { yamlFile } from '../generated-file.ts';
import { alertSpec, alerts, metricsIn } from './alerts.ts';
import { panels } from './dashboard.ts';
import { operatorMetrics } from './metrics-reference.ts';

const families = new Map((await operatorMetrics()).map((family) => [family.name, family]));

/** A histogram is asked for under three names, none of which is its own. */
function familyOf(name: string) {
  return families.get(name) ?? families.get(name.replace(/_(?:bucket|sum|count)$/, ''));
}

const expressions = [
  ...alerts.map(({ alert, expr }) => ({ of: `alert ${alert}`, expr })),
  ...panels.flatMap(({ title, queries }) => queries.map(({ expr }) => ({ of: `panel ${title}`, expr }))),
];

describe('every expression', () => {
  for (const { of, expr } of expressions) {
    test(`${of}: names metrics that the operator has, and labels that they have`, () => {
      const names = metricsIn(expr);
      assert.notDeepEqual(names, [], expr);
      for (const name of names) {
        const family = familyOf(name);
        assert.ok(family !== undefined, `${name} in ${expr}`);
        if (family.type === 'histogram') assert.match(name, /_(?:bucket|sum|count)$/);
        for (const [, matchers = ''] of expr.matchAll(new RegExp(`\\b${name}\\{([^}]*)\\}`, 'g'))) {
          for (const [, label = ''] of matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)) {
            assert.ok(family.labels.includes(label), `${name} has no label ${label}`);
          }
        }
      }
    });

    test(`${of}: groups by labels of its metrics`, () => {
      // `le` is every histogram's, `instance` Prometheus' own.
      const labels = new Set(['le', 'instance', ...metricsIn(expr).flatMap((name) => familyOf(name)?.labels ?? [])]);
      for (const [, list = ''] of expr.matchAll(/\b(?:by|on)\s*\(([^)]*)\)/g)) {
        for (const label of list.split(',')) assert.ok(labels.has(label.trim()), `${label} in ${expr}`);
      }
    });

    test(`${of}: never adds up over pods what each pod has whole`, () => {
      const gauges = metricsIn(expr).filter(
        (name) => name.startsWith('mcpserver_') && familyOf(name)?.type === 'gauge',
      );
      for (const name of gauges) assert.match(expr, new RegExp(`max by \\([^)]*\\) \\(${name}\\b`));
    });

    test(`${of}: is balanced`, () => {
      const bare = expr.replaceAll(/"[^"]*"/g, '');
      for (const [open = '', close = ''] of ['()', '{}', '[]'].map((pair) => [...pair])) {
        assert.equal(bare.split(open).length, bare.split(close).length, `${open}${close} in ${expr}`);
      }
    });
  }
});

describe('alerts', () => {
  test('have names of their own, in the way of Prometheus', () => {
    const names = alerts.map(({ alert }) => alert);
    assert.equal(new Set(names).size, names.length);
    for (const name of names) assert.match(name, /^(?:SmoothOperator|MCPServers?)[A-Z][A-Za-z]+$/);
  });

  for (const { alert, expr, summary, description } of alerts) {
    test(`${alert} uses labels in its words that its expression leaves`, () => {
      const used = [...`${summary}${description}`.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label);
      const left = /^\(?\w+ by \(([^)]*)\)/.exec(expr)?.[1]?.split(', ') ?? [];
      for (const label of used) assert.ok(left.includes(label ?? ''), `${label} in the words, ${left} in ${expr}`);
    });

    test(`${alert} compares with something, or it would always fire`, () => {
      assert.match(expr, /^absent\(|[<>=]=? [\d.]+(?: and |$)/);
    });

    test(`${alert} is one line long, and says what to do`, () => {
      assert.doesNotMatch(summary, /\n/);
      assert.ok(description.length > summary.length / 2);
    });
  }

  test('survive YAML as they are', () => {
    const { content } = yamlFile('x.yaml', { spec: alertSpec() });
    assert.deepEqual((parse(content) as { spec: object }).spec, alertSpec());
  });

  test('become rules with all that Prometheus wants', () => {
    const [only] = alerts;
    assert.ok(only !== undefined);
    assert.deepEqual(alertSpec([only]), {
      groups: [
        {
          name: 'smooth-operator',
          rules: [
            {
              alert: only.alert,
              expr: only.expr,
              for: only.for,
              labels: { severity: only.severity },
              annotations: { summary: only.summary, description: only.description },
            },
          ],
        },
      ],
    });
  });
});

test('the names of metrics are told from functions, labels, matchers and strings', () => {
  assert.deepEqual(metricsIn('sum by (a_b) (rate(one_total{c_d=~"two_total|x"}[5m])) / sum(three_total) > 0.1'), [
    'one_total',
    'three_total',
  ]);
  assert.deepEqual(metricsIn('histogram_quantile(0.5, sum by (le) (rate(a_bucket[$__rate_interval])))'), ['a_bucket']);
  assert.deepEqual(metricsIn('a_b and on (c_d) d_e == 1 and a_b'), ['a_b', 'd_e']);
});
