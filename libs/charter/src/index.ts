export { dayBounds, surelyLonger } from './law/duration-bounds.js';
export {
  Charter,
  charterDigest,
  renderPromise,
  type CharterPromise,
  type ConnectorVerdict,
  type RetentionPeriod,
  type RetentionRule,
} from './charter.js';
export { CharterSet } from './charter-set.js';
export { conflictResolutions, type ConflictId } from './conflicts/conflict.js';
export { lintCharter } from './conflicts/lint-charter.js';
export { type CharterChange, changeEffects, type ChangeEffect, type OwedNotice } from './diff/change.js';
export { type CharterDiff, diffCharters } from './diff/diff-charters.js';
export { type Owed } from './diff/owed-notices.js';
export { CharterError, formatFinding, type CharterPath, type Finding } from './finding.js';
export { type CaseEvent, caseEventKinds } from './law/case-event.js';
export {
  type ClockInputs,
  type ComputedClocks,
  computeClocks,
  type PromisedPeriod,
  type RunningClock,
} from './law/compute-clocks.js';
export { type ComputedHours, computeHours } from './law/compute-hours.js';
export type { DayType, Law } from './law/law.js';
export { authorityTold, laws } from './law/laws.js';
export {
  groundsFor,
  type RefusalGround,
  type RefusalGroundName,
  refusalGrounds as legalRefusalGrounds,
} from './law/refusals.js';
export { endOfDay, legalDayOf, startOfDay } from './legal-day.js';
export { loadCharter } from './load-charter.js';
export {
  probeCatalogue,
  probeNames,
  type ProbeCatalogue,
  type ProbeDeclaration,
  type ProbeName,
  type ProbeParameters,
} from './probe-catalogue.js';
export { enumerate, humanDate, humanDuration, humanWord } from './promise/human-words.js';
export { charterJsonSchema, charterJsonSchemaText } from './schema/json-schema.js';
export type { CharterDocument, RetentionDocument } from './schema/charter.schema.js';
export { Retention as RetentionSchema } from './schema/data.schema.js';
export * from './vocabulary.js';
export { cookiePage } from './render/cookie-page.js';
export { escapeHtml, pageDocument, pageHtml } from './render/html.js';
export { pageMarkdown } from './render/markdown.js';
export type { Page, PageBlock, PageSection } from './render/page.js';
export { policyPage, publicationBlockers } from './render/policy-page.js';
export { processingRecord, type RecordedHolding } from './render/processing-record.js';
export { endText, periodText } from './render/retention-table.js';
export { basisTitles, categoryTitles, retentionTitles } from './render/titles.js';
export { subProcessorPage } from './render/sub-processor-page.js';
