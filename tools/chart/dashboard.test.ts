import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dashboard, panels } from './dashboard.ts';

interface GridPos {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

interface Placed {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly gridPos: GridPos;
  readonly targets: readonly { readonly refId: string; readonly expr: string; readonly legendFormat: string }[];
}

const made = dashboard() as { readonly uid: string; readonly panels: readonly Placed[]; readonly templating: object };

describe('the dashboard', () => {
  test('has every panel once, in order, with an id and a name of its own', () => {
    assert.deepEqual(
      made.panels.map(({ title }) => title),
      panels.map(({ title }) => title),
    );
    assert.equal(new Set(made.panels.map(({ id }) => id)).size, panels.length);
    assert.equal(new Set(panels.map(({ title }) => title)).size, panels.length);
  });

  test('no panel lies on another, and none sticks out', () => {
    const taken = new Set<string>();
    for (const { title, gridPos } of made.panels) {
      assert.ok(gridPos.x + gridPos.w <= 24, title);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          assert.ok(!taken.has(`${x} ${y}`), `${title} at ${x}, ${y}`);
          taken.add(`${x} ${y}`);
        }
      }
    }
  });

  test('each panel explains itself, and each query has a name of its own', () => {
    for (const { title, description } of panels) assert.notEqual(description, '', title);
    for (const { title, targets } of made.panels) {
      assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, title);
      for (const { legendFormat } of targets) assert.notEqual(legendFormat, '', title);
    }
  });

  test('every rate is over what fits the zoom, and every variable in use is there', () => {
    const variables = JSON.stringify(made.templating);
    for (const { targets } of made.panels) {
      for (const { expr } of targets) {
        assert.doesNotMatch(expr, /\[\d+[smh]\]/);
        for (const [, name = ''] of expr.matchAll(/\$(\w+)/g)) {
          assert.ok(name === '__rate_interval' || variables.includes(`"name":"${name}"`), name);
        }
      }
    }
  });

  test('is the same each time, so that it can be compared', () => {
    assert.deepEqual(dashboard(), dashboard());
    assert.equal(made.uid, 'smooth-operator');
  });
});
