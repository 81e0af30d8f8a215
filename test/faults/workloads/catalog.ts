import { childDeleted } from './child-deleted.ts';
import { create } from './create.ts';
import { deletion } from './delete.ts';
import { foreignEdit } from './foreign-edit.ts';
import { hastyChanges } from './hasty-changes.ts';
import { imageChange } from './image-change.ts';
import { nameTaken } from './name-taken.ts';
import { namespaceReplaced } from './namespace-replaced.ts';
import { portAndHealth } from './port-and-health.ts';
import { recreate } from './recreate.ts';
import { restrictedNamespace } from './restricted-namespace.ts';
import { scale } from './scale.ts';
import { secretAppears } from './secret-appears.ts';
import { settingsOnAndOff } from './settings-on-and-off.ts';
import { stopAndStart } from './stop-and-start.ts';
import { twoServers } from './two-servers.ts';
import { upgrade } from './upgrade.ts';
import { verified } from './verified.ts';
import type { Workload } from './workload.ts';

/** Every workload, by what is most common first. */
export const workloads: readonly Workload[] = [
  create,
  imageChange,
  scale,
  stopAndStart,
  portAndHealth,
  settingsOnAndOff,
  deletion,
  recreate,
  secretAppears,
  foreignEdit,
  childDeleted,
  nameTaken,
  namespaceReplaced,
  upgrade,
  verified,
  twoServers,
  hastyChanges,
  restrictedNamespace,
];
