import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Layout, layoutOf, nodeAddress } from '../layout.ts';
import { cniConfig, containerdConfig, containerdFiles, criIsLoaded } from './containerd.ts';

const layout: Layout = { ...layoutOf(), state: '/checkout/.local/cluster', run: '/run/smooth-operator-1' };
const runtime = {
  path: '/usr/bin',
  containerd: '/usr/bin/containerd',
  ctr: '/usr/bin/ctr',
  pluginDirectory: '/usr/lib/cni',
};
const given = { layout, runtime, pauseImage: 'docker.io/smooth-operator/pause:dev', snapshotter: 'overlayfs' as const };

test('its socket and state have short paths, its data is in the checkout', () => {
  const files = containerdFiles(layout);
  assert.equal(files.socket, '/run/smooth-operator-1/containerd.sock');
  assert.equal(files.state, '/run/smooth-operator-1/containerd');
  assert.equal(files.root, '/checkout/.local/cluster/containerd');
});

test('it is told all it needs, on a machine without CAP_SYS_RESOURCE too', () => {
  const config = containerdConfig(given);
  for (const line of [
    'version = 2',
    'root = "/checkout/.local/cluster/containerd"',
    '  address = "/run/smooth-operator-1/containerd.sock"',
    '  sandbox_image = "docker.io/smooth-operator/pause:dev"',
    '  restrict_oom_score_adj = true',
    '  netns_mounts_under_state_dir = true',
    '    bin_dir = "/usr/lib/cni"',
    '    snapshotter = "overlayfs"',
    '        SystemdCgroup = false',
    '        Root = "/run/smooth-operator-1/runc"',
  ]) {
    assert.ok(config.split('\n').includes(line), line);
  }
});

test('nothing of it is outside the checkout and its run directory', () => {
  const paths = [...containerdConfig(given).matchAll(/= "(\/[^"]*)"/g)].map(([, path]) => path ?? '');
  assert.ok(paths.length >= 6);
  for (const path of paths)
    assert.match(path, /^(\/checkout\/\.local\/cluster|\/run\/smooth-operator-1|\/usr\/lib\/cni)/);
});

test('where overlays do not stack, layers are copied', () => {
  assert.match(containerdConfig({ ...given, snapshotter: 'native' }), /snapshotter = "native"/);
});

test('a path with a quote stays one string', () => {
  const odd = { ...layout, run: '/run/a"b' };
  assert.match(containerdConfig({ ...given, layout: odd }), /address = "\/run\/a\\"b\/containerd\.sock"/);
});

test('pods get an address of the range, the node as gateway, and a way out', () => {
  const config = cniConfig('/addresses');
  assert.equal(config.cniVersion, '0.4.0');
  const [plugin] = config.plugins;
  assert.equal(plugin?.type, 'ptp');
  assert.deepEqual(plugin?.ipam.ranges, [[{ subnet: '198.18.0.0/16', gateway: nodeAddress }]]);
  assert.deepEqual(plugin?.ipam.routes, [{ dst: '0.0.0.0/0' }]);
  assert.equal(plugin?.ipam.dataDir, '/addresses');
});

test('the part that the kubelet talks to must be loaded', () => {
  const list = (status: string) => `TYPE                            ID       PLATFORMS      STATUS
io.containerd.content.v1        content  -              ok
io.containerd.grpc.v1           cri      linux/amd64    ${status}
io.containerd.grpc.v1           images   -              ok
`;
  assert.equal(criIsLoaded(list('ok   ')), true);
  assert.equal(criIsLoaded(list('error')), false);
  assert.equal(criIsLoaded(list('skip')), false);
  assert.equal(criIsLoaded(''), false);
});
