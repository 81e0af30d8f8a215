import { chooseMode } from '../../../cluster/mode.ts';

const { mode, why } = await chooseMode();

/**
 * Why tests with real pods cannot run on this machine, for a test's `skip`; false where they can.
 *
 * kind does not do: its Services are reached from inside Docker's network only, and the tests talk to them from here.
 */
export const noPods: string | false = mode === 'full' ? false : (why ?? 'containers cannot run here');

/**
 * The same for tests that reach pods and Services through the API server alone, for which kind does.
 */
export const noCluster: string | false = mode === 'control-plane' ? (why ?? 'containers cannot run here') : false;
