import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { defaultCacheDir } from '../cache.ts';
import { run } from '../command.ts';
import { ImageError } from '../image-error.ts';
import { unpackLayers } from '../unpack.ts';
import { missingToolchain } from './build-sdk-server.ts';
import { type Found, sdkServers } from './catalog.ts';
import { goImage } from './go-image.ts';
import { rootedCommand, startRooted } from './rooted-process.ts';
import { passed, refused } from './test-support.ts';
import { surprises, tryServer } from './trial.ts';

// The real cache: the compiler and its module proxy need not be asked again.
const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
const context = { architecture, cacheDir: defaultCacheDir(), progress: () => undefined } as const;

/** Why no program can be given another root here; undefined where one can. */
async function noOtherRoot(): Promise<string | undefined> {
  const [program, ...args] = rootedCommand('/', ['/bin/true'], process.getuid?.() === 0);
  try {
    await run(program, args, { env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` } });
    return undefined;
  } catch (thrown) {
    return ImageError.from(thrown).message;
  }
}

/** The Go server's image, unpacked, or the reason for which there is none. */
async function goRoot(t: Parameters<typeof temporaryDirectory>[0]) {
  const reason = await noOtherRoot();
  if (reason !== undefined) return reason;
  try {
    const { layers, run: config } = await goImage(context);
    const root = join(await temporaryDirectory(t), 'root');
    await unpackLayers(layers, root);
    return { root, config };
  } catch (thrown) {
    const missing = missingToolchain(thrown);
    if (missing === undefined) throw thrown;
    return missing;
  }
}

describe('rootedCommand', () => {
  it('gives the program a process namespace, so that it is process 1, and no name of a user', () => {
    const asRoot = rootedCommand('/r', ['/server', 'x'], true);
    assert.deepEqual(asRoot, ['unshare', '--pid', '--fork', 'chroot', '--userspec=4242:0', '/r', '/server', 'x']);
    const asUser = rootedCommand('/r', ['/server'], false);
    assert.deepEqual(asUser, ['unshare', '--map-current-user', '--pid', '--fork', '--root=/r', '/server']);
  });
});

describe('surprises', () => {
  const expected = sdkServers['go-stateful'];

  it('are none when all is as the catalog says', () => assert.deepEqual(surprises(expected, passed), []));

  const others: readonly [fact: string, finds: Partial<Found>, line: string][] = [
    ['era', { era: 'modern' }, 'era is "legacy", not "modern"'],
    ['version', { protocolVersion: '2025-06-18' }, 'protocolVersion is "2025-11-25", not "2025-06-18"'],
    ['name', { name: 'sdk-rust' }, 'name is "sdk-go", not "sdk-rust"'],
    ['sessions', { stateful: false }, 'stateful is true, not false'],
    ['tools', { tools: 3 }, 'tools is 2, not 3'],
  ];
  for (const [fact, finds, line] of others) {
    it(`tell another ${fact}`, () => {
      assert.deepEqual(surprises({ ...expected, finds: { ...expected.finds, ...finds } }, passed), [line]);
    });
  }

  it('tell a server without tools', () => {
    assert.deepEqual(surprises(expected, { ...passed, tools: undefined }), ['tools is 0, not 2']);
  });

  it('are the verdict and its message when there was no handshake', () => {
    assert.deepEqual(surprises(expected, refused), ['Refused: pod trial: what came back']);
  });
});

describe('a trial', () => {
  it('finds what the catalog says, leaves no session, and sees it end', async (t) => {
    const go = await goRoot(t);
    if (typeof go === 'string') return t.skip(go);
    for (const name of ['go-stateful', 'go-stateless'] as const) {
      const { usual, released, ending } = await tryServer(sdkServers[name], go.root, go.config);
      assert.deepEqual(surprises(sdkServers[name], usual), [], name);
      assert.equal(released.sessionsLeft, 0);
      assert.equal(ending, 'exit code 0');
    }
  });

  it('says what a server printed that does not start', async (t) => {
    const go = await goRoot(t);
    if (typeof go === 'string') return t.skip(go);
    await assert.rejects(startRooted(go.root, go.config, ['neither'], { PORT: '1' }), /"neither" is neither stateful/);
  });
});
