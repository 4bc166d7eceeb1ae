import { answerBehaviours } from './answers.js';
import type { Behaviour } from './behaviour.js';
import { boundBehaviours } from './bounds.js';
import { cancelBehaviours } from './cancelling.js';
import { ownOrderBehaviours } from './own-order.js';
import { replaceBehaviours } from './replacing.js';
import type { Capability, Sandbox } from './sandbox.js';
import { schemaBehaviours } from './schema.js';
import { valueBehaviours } from './values.js';
import { Workbench } from './workbench.js';
import { writeBehaviours } from './writing.js';

export { type FileLook, fileSandbox } from './file-sandbox.js';
export type { Capability, FieldSpec, Fault, OwnType, Row, Sandbox, StreamSpec, Value } from './sandbox.js';

const BEHAVIOURS: readonly Behaviour[] = [
  ...schemaBehaviours,
  ...boundBehaviours,
  ...ownOrderBehaviours,
  ...valueBehaviours,
  ...cancelBehaviours,
  ...answerBehaviours,
  ...writeBehaviours,
  ...replaceBehaviours,
];

/** A behaviour as a test runs it. */
export interface ApplicableBehaviour {
  readonly name: string;
  readonly needs: readonly Capability[];
  readonly run: () => Promise<void>;
}

/**
 * The acceptance of a connector: what it must do, by what it declares. A test file turns `applied` into tests and states
 * the names in `notApplied`, so that a capability that is lost shows. Each run gets a sandbox of its own from `sandbox`.
 */
export function conformance(
  capabilities: readonly Capability[],
  sandbox: () => Promise<Sandbox>,
): { readonly applied: readonly ApplicableBehaviour[]; readonly notApplied: readonly string[] } {
  const applies = ({ needs }: Behaviour) => needs.every((need) => capabilities.includes(need));
  return {
    applied: BEHAVIOURS.filter(applies).map(({ name, needs, run }) => ({
      name,
      needs,
      run: () => inSandbox(sandbox, run),
    })),
    notApplied: BEHAVIOURS.filter((one) => !applies(one)).map(({ name }) => name),
  };
}

async function inSandbox(make: () => Promise<Sandbox>, run: Behaviour['run']): Promise<void> {
  const sandbox = await make();
  const bench = new Workbench(sandbox);
  try {
    await run(bench);
    await bench.finish();
  } finally {
    bench.tap.close();
    await sandbox.dispose();
  }
}
