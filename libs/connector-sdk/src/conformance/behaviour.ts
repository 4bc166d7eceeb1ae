import type { Capability } from './sandbox.js';
import type { Workbench } from './workbench.js';

/** One thing that a connector must do. */
export interface Behaviour {
  /** A sentence about the connector. */
  readonly name: string;
  readonly needs: readonly Capability[];
  /** Rejects when the connector does otherwise. */
  readonly run: (bench: Workbench) => Promise<void>;
}

/** Declares a behaviour of connectors that have all of `needs`. */
export function behaviour(name: string, needs: readonly Capability[], run: Behaviour['run']): Behaviour {
  return { name, needs, run };
}
