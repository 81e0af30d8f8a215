import assert from 'node:assert/strict';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { linksWith, removeNetwork } from './network.ts';

const json = JSON.stringify([
  { ifname: 'lo', addr_info: [{ family: 'inet', local: '127.0.0.1', prefixlen: 8 }] },
  {
    ifname: 'eth0',
    addr_info: [
      { family: 'inet', local: '192.0.2.2' },
      { family: 'inet6', local: 'fe80::1' },
    ],
  },
  { ifname: 'smooth0', addr_info: [{ family: 'inet', local: '198.18.0.1', prefixlen: 32 }] },
  {
    ifname: 'veth1a2b3c4d',
    addr_info: [
      { family: 'inet6', local: 'fe80::2' },
      { family: 'inet', local: '198.18.0.1' },
    ],
  },
  { ifname: 'down0' },
  {},
]);

test("the bridge and the machine's end of each pod's cable carry the node's address; nothing else does", () => {
  assert.deepEqual(linksWith('198.18.0.1', json), ['smooth0', 'veth1a2b3c4d']);
});

test('an address that nobody has, and a machine without interfaces', () => {
  assert.deepEqual(linksWith('198.18.0.2', json), []);
  assert.deepEqual(linksWith('198.18.0.1', ''), []);
  assert.deepEqual(linksWith('198.18.0.1', '[]'), []);
});

/** Programs in place of the machine's, which note how they were called; `ip` shows an interface until it is deleted. */
async function pretend(t: Parameters<typeof temporaryDirectory>[0], ip: string) {
  const directory = await temporaryDirectory(t);
  const scripts = { ip, 'iptables-save': '', 'ip6tables-save': '', 'iptables-restore': '', 'ip6tables-restore': '' };
  for (const [name, script] of Object.entries(scripts)) {
    const file = join(directory, name);
    await writeFile(file, `#!/bin/sh\necho "${name} $*" >> ${directory}/calls\ncd ${directory}\n${script}\n`);
    await chmod(file, 0o755);
  }
  const calls = async () => (await readFile(join(directory, 'calls'), 'utf8')).split('\n').map((line) => line.trim());
  return { directory, calls, options: { env: { PATH: `${directory}:/usr/bin:/bin` } } };
}

const shown = JSON.stringify([
  { ifname: 'smooth0', addr_info: [{ local: '198.18.0.1' }] },
  { ifname: 'eth0', addr_info: [] },
]);

test('the interfaces go, then the routes, then the rules; the end of the interfaces is waited for', async (t) => {
  const script = `case "$*" in
    "-json address") test -e looked-twice && echo '[]' || echo '${shown}'; test -e looked && touch looked-twice; touch looked ;;
  esac`;
  const { calls, options } = await pretend(t, script);
  await removeNetwork(options);
  const lines = await calls();
  assert.deepEqual(
    lines.filter((line) => line !== '' && line !== 'ip -json address'),
    [
      'ip link delete smooth0',
      'ip route delete local 198.19.0.0/16 dev lo table local',
      'ip route delete unreachable 198.18.0.0/16',
      'iptables-save',
      'ip6tables-save',
    ],
  );
  assert.equal(lines.filter((line) => line === 'ip -json address').length, 3);
});

test('where there is nothing, what fails does not matter: it may be called twice', async (t) => {
  const { options } = await pretend(t, `case "$*" in "-json address") echo '[]' ;; *) exit 2 ;; esac`);
  await removeNetwork(options);
});
