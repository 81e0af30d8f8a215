import assert from 'node:assert/strict';
import { test } from 'node:test';
import { movingTag } from './image-tag.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const rows: Readonly<Record<string, ReturnType<typeof movingTag>>> = {
  weather: 'none',
  'acme/weather': 'none',
  'registry.local:5000/weather': 'none',
  'weather:latest': 'latest',
  'registry.local:5000/acme/weather:latest': 'latest',
  'weather:1.0': undefined,
  'registry.local:5000/weather:1': undefined,
  'weather:latest-alpine': undefined,
  [`weather@${digest}`]: undefined,
  [`weather:latest@${digest}`]: undefined,
};
for (const [image, want] of Object.entries(rows)) {
  test(`${image} ${want === undefined ? 'stays what it is' : `has the tag ${want}`}`, () =>
    assert.equal(movingTag(image), want));
}
