import type { ProbeName } from '@millrace/charter';
import type { EdgeSabotage } from '../promise-region.js';

/** One way to break what a probe watches, from outside the services, and the way back. */
export interface Sabotage {
  readonly probe: ProbeName;
  /** The promise that must turn. Default: the one that is made for the probe. */
  readonly promise?: string;
  readonly what: string;
  /** What the board must say then. */
  readonly says: RegExp;
  readonly sql?: { readonly database: string; readonly breaks: string; readonly repairs: string };
  readonly edge?: EdgeSabotage;
}
