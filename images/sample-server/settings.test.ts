import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readSettings, SettingsError } from './settings.ts';

describe('readSettings', () => {
  it('has defaults for everything', () => {
    assert.deepEqual(readSettings({}), { port: 8080, allowedOrigins: [], greeting: undefined });
  });

  it('reads all of it', () => {
    const env = { PORT: '9000', ALLOWED_ORIGINS: 'http://a.example,https://b.example:8443', GREETING: 'Hello' };
    assert.deepEqual(readSettings(env), {
      port: 9000,
      allowedOrigins: ['http://a.example', 'https://b.example:8443'],
      greeting: 'Hello',
    });
  });

  it('takes an empty PORT as none, as an unset Makefile variable gives it', () => {
    assert.equal(readSettings({ PORT: '' }).port, 8080);
  });

  it('tells an empty greeting from none: the Secret was injected', () => {
    assert.equal(readSettings({ GREETING: '' }).greeting, '');
  });

  for (const port of ['0', '1', '65535']) {
    it(`accepts PORT ${port}`, () => assert.equal(readSettings({ PORT: port }).port, Number(port)));
  }

  for (const port of ['65536', '-1', '80a', '8080.5', ' 8080', '0x50', 'tcp://10.0.0.1:8080']) {
    it(`refuses PORT ${JSON.stringify(port)} and says what is right`, () => {
      assert.throws(
        () => readSettings({ PORT: port }),
        (thrown) =>
          thrown instanceof SettingsError &&
          thrown.message === `PORT is ${JSON.stringify(port)}: it has to be a number from 0 to 65535`,
      );
    });
  }
});
