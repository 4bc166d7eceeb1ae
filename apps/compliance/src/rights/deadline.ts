import {
  type CaseEvent,
  type Charter,
  type ComputedClocks,
  computeClocks,
  dayBounds,
  humanDate,
  humanDuration,
  legalDayOf,
  type PromisedPeriod,
  type Regime,
  type RightType,
} from '@millrace/charter';
import { askableRights } from '@millrace/contracts';
import { addDuration } from '@millrace/kernel';

/** Rights that are served as soon as they are asked for. */
export const servedTypes = ['access', 'erasure'] as const;
/** What a person can ask for in a case: each is a right by its name in the charter. */
export const caseTypes = [...servedTypes, ...askableRights] as const satisfies readonly RightType[];
export type CaseType = (typeof caseTypes)[number];

/** How long an entry may take to reach the ledger before its absence means something. */
export const ON_ITS_WAY_MS = 5 * 60_000;

/** A day and the sentence that says why it is that one. */
export interface ExplainedDate {
  readonly at: Date;
  readonly explanation: string;
}

/**
 * By when a request must be answered: by every law that the charter grants, as long as nobody says under which the person lives,
 * and by what the charter promises beside them.
 */
export function clocksOf(charter: Charter, type: CaseType, receivedAt: Date, law?: Regime): ComputedClocks {
  const granted = Object.keys(charter.document.rights.regimes) as Regime[];
  const regimes = law && granted.includes(law) ? [law] : granted;
  return computeClocks({ right: type, receivedAt, regimes, promises: promisesOf(charter, type, regimes), events: [] });
}

/** The same computation with one more thing that happened. */
export function withEvent({ inputs }: ComputedClocks, event: CaseEvent): ComputedClocks {
  const events = inputs.events.map(({ at, ...before }) => ({ ...before, at: new Date(at) }) as CaseEvent);
  return computeClocks({ ...inputs, receivedAt: new Date(inputs.receivedAt), events: [...events, event] });
}

/** Every right of every law that the charter grants, and an appeal where it promises one. */
export function grantedRights({ document: { rights } }: Charter): Set<RightType> {
  const byLaw = Object.values(rights.regimes).flatMap((regime) => regime.rights);
  return new Set([...byLaw, ...(rights.appeal ? ['appeal' as const] : [])]);
}

/** The answers that the charter promises, and for an erasure its end. */
function promisesOf(charter: Charter, type: CaseType, regimes: readonly Regime[]): PromisedPeriod[] {
  const { rights, controller } = charter.document;
  if (type === 'appeal' && rights.appeal)
    return [{ length: rights.appeal.answer, zone: controller.zone, source: "the charter's rights.appeal.answer" }];
  const answers = regimes.map((regime) => {
    const { answer, extension } = rights.regimes[regime]!;
    const source = `the charter's rights.regimes.${regime}.answer`;
    return { length: answer, ...(extension ? { extension } : {}), zone: controller.zone, source };
  });
  return type === 'erasure' ? [...answers, { ...erasedWithin(charter), zone: controller.zone }] : answers;
}

/** A charter that promises backups to be gone as well leaves less time: they live on after the erasure. */
function erasedWithin({ document: { erasure, backups } }: Charter): Pick<PromisedPeriod, 'length' | 'source'> {
  const source = "the charter's erasure.completeWithin";
  if (!erasure.includesBackups) return { length: erasure.completeWithin, source };
  const days = Math.floor(dayBounds(erasure.completeWithin).least - dayBounds(backups.keep).most);
  const life = `the ${humanDuration(backups.keep)} for which backups are kept`;
  return {
    length: `P${Math.max(0, days)}D`,
    source: `${source}, ${humanDuration(erasure.completeWithin)}, less ${life}`,
  };
}

/** When the last database backup that knows what was deleted at `deletedAt` is gone. */
export function backupsGoneAt(charter: Charter, deletedAt: Date): Date {
  return addDuration(deletedAt, charter.document.backups.keep);
}

/** By when everything that is erased by its target is gone, backups included. */
export function goneEverywhereBy(charter: Charter, clocks: ComputedClocks): ExplainedDate {
  const erasedBy = new Date(clocks.targetAt);
  return { at: backupsGoneAt(charter, erasedBy), explanation: `${unended(clocks.why)}; ${backupWords(charter)}` };
}

/** When everything that was erased at `erasedAt` is gone, backups included. */
export function goneEverywhereAfter(charter: Charter, erasedAt: Date): ExplainedDate {
  const day = humanDate(legalDayOf(erasedAt, charter.document.controller.zone));
  return { at: backupsGoneAt(charter, erasedAt), explanation: `Erased on ${day}; ${backupWords(charter)}` };
}

function backupWords(charter: Charter): string {
  const life = humanDuration(charter.document.backups.keep);
  return `the last backup that holds it is gone ${life} later, the charter's backups.keep.`;
}

const unended = (sentence: string) => sentence.replace(/\.$/, '');
