import { event } from '../event.js';
import { f } from '../field.js';

/** What a person hears of a request of theirs. */
export const caseNews = ['question', 'extended', 'answered'] as const;

/** Somebody who answers a request has done something in it: the notifications service writes to the person. */
export const caseMoved = event('compliance.case.moved', 1, {
  orgId: f.id('organization'),
  userId: f.userId(),
  caseId: f.id('case'),
  news: f.oneOf(...caseNews),
});
