import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPhase, aTurn } from '../../test/support/race-turns.ts';
import { rowsOf } from './figures.ts';
import { figureText, markdownTable, textTable } from './table.ts';

test('a figure has as many digits as mean something', () => {
  const texts = [
    figureText(1_234.56, 'ms'),
    figureText(12.345, 's'),
    figureText(1.234, 's'),
    figureText(3, ''),
    figureText(3.002, ''),
    figureText(0, '%'),
  ];
  assert.deepEqual(texts, ['1235', '12.3', '1.23', '3', '3.00', '0.00']);
});

const turns = [
  aTurn('floor', 4),
  aTurn('operator', 6, { phases: { start: aPhase({ rss: 70 }) } }),
  aTurn('floor', 4, { run: 2 }),
  aTurn('operator', 4.4, { run: 2, phases: { start: aPhase({ rss: 70 }) } }),
  aTurn('floor', 30, { servers: 2_000 }),
  aTurn('operator', 33, { servers: 2_000 }),
];
const rows = rowsOf(turns).filter(({ figure }) => ['burst', 'burst-writes', 'rss-idle'].includes(figure.id));

test('in the terminal figures stand in columns under their size', () => {
  assert.deepEqual(textTable(rows).split('\n'), [
    '500 servers                                          floor          operator             ratio  wanted',
    'burst of new servers: children and status of all, s   4.00  5.20 (4.40–6.00)  1.30 (1.10–1.50)  ≤ 1.25 × floor  MISSED',
    'writes for a new server                                  3                 3                    3               met',
    'memory with nothing there, MiB                                          70.0                    ≤ 75 MiB        met',
    '',
    '2,000 servers                                        floor  operator  ratio  wanted',
    'burst of new servers: children and status of all, s   30.0      33.0   1.10  ≤ 1.25 × floor  met',
    'writes for a new server                               0.75      0.75         3               MISSED',
  ]);
});

test('as Markdown it is the same', () => {
  const lines = markdownTable(rows).split('\n');
  assert.deepEqual(lines.slice(0, 5), [
    '**500 servers**',
    '',
    '| | floor | operator | ratio | wanted | |',
    '|---|--:|--:|--:|---|---|',
    '| burst of new servers: children and status of all, s | 4.00 | 5.20 (4.40–6.00) | 1.30 (1.10–1.50) | ≤ 1.25 × floor | MISSED |',
  ]);
  assert.equal(lines.filter((line) => line.startsWith('**')).length, 2);
  const cells = lines.filter((line) => line.startsWith('|')).map((line) => line.split('|').length);
  assert.deepEqual([...new Set(cells)], [8]);
});

test('no rows are no table', () => {
  assert.equal(textTable([]), '');
  assert.equal(markdownTable([]), '');
});
