import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPhase, aTurn } from '../../test/support/race-turns.ts';
import { chart } from './chart.ts';
import { rowsOf } from './figures.ts';

const race = (servers: number, run: number, ratio: number) =>
  [1, ratio].map((factor, index) =>
    aTurn(index === 0 ? 'floor' : 'operator', 10 * factor, {
      servers,
      run,
      phases: { scale: aPhase({ seconds: 20 * factor }) },
    }),
  );
const svg = chart(rowsOf([...race(500, 1, 1.1), ...race(500, 2, 1.3), ...race(2_000, 1, 1.5)]));
const count = (pattern: RegExp) => svg.match(pattern)?.length ?? 0;

test('there is a bar for each race and size, with its ratio', () => {
  // Four bars and two in the legend, on a background.
  assert.equal(count(/<rect /g), 4 + 2 + 1);
  assert.equal(count(/>1\.20</g), 2);
  assert.equal(count(/>1\.50</g), 2);
});

test('what was measured several times shows its spread', () => {
  assert.equal(count(/stroke="#333"\/>/g), 2);
});

test('what is promised is marked, where something is', () => {
  assert.equal(count(/stroke="#d94801"/g), 2);
  assert.match(svg, />500 servers</);
  assert.match(svg, />2,000 servers</);
});

test('races that were not run have no place', () => {
  assert.match(svg, />new servers</);
  assert.doesNotMatch(svg, />all Running</);
});

test('a higher bar is drawn higher, and nothing leaves the picture', () => {
  const bars = [...svg.matchAll(/<rect x="[\d.]+" y="([\d.]+)" width="[\d.]+" height="([\d.]+)" fill/g)];
  for (const [, y = '', height = ''] of bars) assert.ok(Number(y) >= 32 && Number(y) + Number(height) <= 340);
  const heights = bars.slice(-4).map(([, , height]) => Number(height));
  assert.ok((heights[3] ?? 0) > (heights[0] ?? 0), heights.join());
});

test('it is well-formed, and the same for the same figures', () => {
  assert.equal(count(/<text/g), count(/<\/text>/g));
  assert.match(svg, /^<svg [^>]+>\n[\s\S]*\n<\/svg>\n$/);
  assert.equal(chart([]).includes('NaN'), false);
});
