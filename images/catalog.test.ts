import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { catalog, imageNames, isImageName } from './catalog.ts';
import { parseReference } from './reference.ts';

describe('the catalog', () => {
  it('has the images that the cluster, the demo and the operator need', () => {
    assert.deepEqual([...imageNames].sort(), ['operator', 'pause', 'sample-server', 'server-everything']);
  });

  for (const name of imageNames) {
    it(`can name ${name} as an image, and says what it is`, () => {
      assert.equal(parseReference(`smooth-operator/${name}:dev`).familiar, `smooth-operator/${name}:dev`);
      assert.ok(catalog[name].summary.length > 10);
      assert.ok(isImageName(name));
    });
  }

  it('does not take what every object has for an image', () => {
    for (const name of ['toString', 'constructor', '__proto__', '', 'Pause'])
      assert.equal(isImageName(name), false, name);
  });
});
