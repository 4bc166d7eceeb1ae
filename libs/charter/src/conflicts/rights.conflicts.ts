import { sometimesLonger, surelyLonger } from '../law/duration-bounds.js';
import { answerPeriod, laws } from '../law/laws.js';
import { regimes, type Regime } from '../vocabulary.js';
import { conflict, when, type ConflictCheck } from './conflict.js';

/** Whether European rights are offered in any of their three forms. */
function offersEurope(granted: Partial<Record<Regime, unknown>>): boolean {
  return Boolean(granted.gdpr ?? granted['uk-gdpr'] ?? granted.fadp);
}

const answersAgainstLaw: ConflictCheck = ({ rights }) =>
  regimes.flatMap((regime) => {
    const granted = rights.regimes[regime];
    if (!granted) return [];
    const path = ['rights', 'regimes', regime, 'answer'];
    const [{ title }, answer] = [laws[regime], answerPeriod(regime)];
    if (surelyLonger(granted.answer, answer)) {
      return [conflict('C1', path, `The promised answer is later than the ${title} allows.`)];
    }
    if (!sometimesLonger(granted.answer, answer)) return [];
    return [conflict('C2', path, `The promised answer can be later than the ${title} allows.`)];
  });

const mailIdentity: ConflictCheck = ({ rights }) =>
  when(
    rights.identity === 'mailbox-control',
    'C12',
    ['rights', 'identity'],
    'Control of a mailbox alone is meant to identify a person, which spoofed mail and 11 CCR 7061 do not bear.',
  );

const breachTwoClocks: ConflictCheck = ({ breach }) =>
  when(
    breach.usersWithin !== 'by-law',
    'C14',
    ['breach', 'usersWithin'],
    'Users are promised a fixed time, while Art. 34 GDPR asks for one only when the risk is high.',
  );

const age: ConflictCheck = ({ accounts, rights }) =>
  when(
    accounts.minimumAge < 16 && Boolean(rights.regimes.gdpr),
    'C15',
    ['accounts', 'minimumAge'],
    'The minimum age is below the one of Art. 8 GDPR.',
  );

const representative: ConflictCheck = ({ controller, rights }) =>
  when(
    controller.representative.state === 'in-progress' && offersEurope(rights.regimes),
    'C16',
    ['controller', 'representative', 'state'],
    'European rights are offered while the representative is still being appointed.',
  );

const businessPeople: ConflictCheck = ({ controller, rights }) =>
  when(
    controller.audience === 'business' && Boolean(rights.regimes.vcdpa ?? rights.regimes.ccpa),
    'C18',
    ['controller', 'audience'],
    'People who act for a business may be no consumers under the statute (Va. 59.1-575).',
  );

const acceptance: ConflictCheck = ({ notices }) =>
  when(
    notices.policyChange.acceptance === 'continued-use',
    'C8',
    ['notices', 'policyChange', 'acceptance'],
    'Going on to use the service counts as acceptance, which is no consent (Art. 7 GDPR).',
  );

const mailProvider: ConflictCheck = ({ subProcessors }) =>
  subProcessors.flatMap(({ category, ceiling }, index) =>
    when(
      category === 'email' && ceiling.length === 1 && ceiling[0] === 'email-address',
      'C9',
      ['subProcessors', index, 'ceiling'],
      'The mail provider may receive addresses only, yet every mail has content.',
    ),
  );

export const rightsConflicts: readonly ConflictCheck[] = [
  answersAgainstLaw,
  acceptance,
  mailProvider,
  mailIdentity,
  breachTwoClocks,
  age,
  representative,
  businessPeople,
];
