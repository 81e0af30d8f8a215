import type { Row } from './figures.ts';

/** What the chart shows: how long the four races took, as a multiple of the floor. */
const shown = ['burst', 'available', 'scale', 'children'];
const labels: Readonly<Record<string, string>> = {
  burst: 'new servers',
  available: 'all Running',
  scale: 'scaled',
  children: 'children deleted',
};

const size = { width: 760, height: 340, left: 56, right: 16, top: 56, bottom: 48 } as const;
// Readable beside each other and in grey (ColorBrewer's sequential blues).
const colors = ['#9ecae1', '#4292c6', '#08519c', '#08306b'];

/**
 * A bar chart of the ratios as an SVG: a bar for each size, with the least and the most that was measured.
 *
 * @param rows of one contestant
 */
export function chart(rows: readonly Row[]): string {
  const bars = rows.filter(({ figure, ratio }) => shown.includes(figure.id) && ratio !== undefined);
  const sizes = [...new Set(bars.map(({ servers }) => servers))];
  const kinds = shown.filter((id) => bars.some(({ figure }) => figure.id === id));
  const highest = Math.max(1.5, ...bars.map(({ ratio, wanted }) => Math.max(ratio?.max ?? 0, wanted?.most ?? 0)));
  const top = Math.ceil(highest * 4) / 4;
  const { width, height, left, right } = size;
  const bottom = height - size.bottom;
  const y = (value: number) => bottom - (value / top) * (bottom - size.top);
  const group = (width - left - right) / Math.max(1, kinds.length);
  const bar = (group * 0.7) / Math.max(1, sizes.length);

  const parts = bars.map(({ figure, servers, ratio, wanted }) => {
    const place = left + kinds.indexOf(figure.id) * group + group * 0.15 + sizes.indexOf(servers) * bar;
    const middle = place + bar / 2;
    const { median = 0, min = 0, max = 0 } = ratio ?? {};
    const color = colors[sizes.indexOf(servers) % colors.length];
    const target =
      wanted?.of === 'ratio'
        ? `<line x1="${n(place)}" x2="${n(place + bar)}" y1="${n(y(wanted.most))}" y2="${n(y(wanted.most))}" stroke="#d94801" stroke-width="2"/>`
        : '';
    return [
      `<rect x="${n(place + 1)}" y="${n(y(median))}" width="${n(bar - 2)}" height="${n(bottom - y(median))}" fill="${color}"/>`,
      min === max
        ? ''
        : `<line x1="${n(middle)}" x2="${n(middle)}" y1="${n(y(max))}" y2="${n(y(min))}" stroke="#333"/>`,
      target,
      `<text x="${n(middle)}" y="${n(y(Math.max(max, median)) - 5)}" text-anchor="middle">${median.toFixed(2)}</text>`,
    ].join('');
  });
  const axis = Array.from({ length: top * 2 + 1 }, (_, index) => index / 2).map(
    (value) =>
      `<line x1="${left}" x2="${width - right}" y1="${n(y(value))}" y2="${n(y(value))}" stroke="${value === 1 ? '#333' : '#ddd'}"${value === 1 ? ' stroke-dasharray="4 3"' : ''}/><text x="${left - 8}" y="${n(y(value) + 4)}" text-anchor="end">${value}</text>`,
  );
  const names = kinds.map(
    (id, index) =>
      `<text x="${n(left + (index + 0.5) * group)}" y="${bottom + 20}" text-anchor="middle">${labels[id]}</text>`,
  );
  const legend = sizes.map(
    (servers, index) =>
      `<rect x="${left + index * 130}" y="32" width="12" height="12" fill="${colors[index % colors.length]}"/><text x="${left + 18 + index * 130}" y="42">${servers.toLocaleString('en-US')} servers</text>`,
  );
  const title = 'How long it took, as a multiple of the floor (dashed: 1; orange: what is promised)';
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${title}" font-family="system-ui, sans-serif" font-size="12" fill="#222">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${left}" y="20" font-size="14">${title}</text>`,
    ...legend,
    ...axis,
    ...parts,
    ...names,
    '</svg>',
  ].join('\n')}\n`;
}

/** A coordinate: tenths of a pixel are enough, and keep the file the same for the same figures. */
function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}
