import type { Regime, RightType } from '../vocabulary.js';
import type { LegalStep } from './law.js';

/**
 * What happened, when it was received, target, latest, then events such as `identity-asked 2026-11-25`. An instant without a
 * time is noon in UTC; target and latest are legal dates in the law's zone.
 */
export type WorkedRow = readonly [what: string, received: string, target: string, latest: string, ...events: string[]];

/** Requests and when they are due, worked out from one source without the engine. */
export interface WorkedExamples {
  readonly regime: Regime;
  readonly right: RightType;
  readonly step: LegalStep['step'];
  readonly source: string;
  readonly rows: readonly WorkedRow[];
}
