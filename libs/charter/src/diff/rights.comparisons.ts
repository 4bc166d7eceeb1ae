import { laws } from '../law/laws.js';
import { humanDuration, humanWord } from '../promise/human-words.js';
import type { Regime } from '../vocabulary.js';
import { amount, entries, members, period, word } from './compare.js';
import type { Comparison } from './change.js';

const COOKIE_CLASSES = ['necessary', 'functional', 'analytics', 'marketing'];
const lifeOf = (lives: string) => (lives === 'session' ? 'until you sign out' : humanDuration(lives));

/** What people can ask for, what is set in their browsers, and when they are told. */
export const rightsComparisons: readonly Comparison[] = [
  entries('rights.regimes', ({ rights }) => rights.regimes, {
    added: (key) => ({
      effect: 'stronger',
      says: `People have their rights by one law more: ${laws[key as Regime].title}.`,
    }),
    removed: (key) => ({
      effect: 'weaker',
      says: `People do not have their rights by this law any more: ${laws[key as Regime].title}.`,
    }),
    within: (key) => {
      const { title } = laws[key as Regime];
      const at = (field: string) => `rights.regimes.${key}.${field}`;
      return [
        period(
          at('answer'),
          ({ rights }) => rights.regimes[key as Regime]?.answer,
          `${title}, the time for an answer`,
          'weaker',
        ),
        period(
          at('extension'),
          ({ rights }) => rights.regimes[key as Regime]?.extension,
          `${title}, an extension`,
          'weaker',
        ),
        members(at('rights'), ({ rights }) => rights.regimes[key as Regime]?.rights, {
          added: { effect: 'stronger', says: (name) => `${title}: people have one right more, ${name}.` },
          removed: { effect: 'weaker', says: (name) => `${title}: people do not have this right any more, ${name}.` },
        }),
      ];
    },
  }),
  word('rights.identity', ({ rights }) => rights.identity, 'How somebody who asks is recognised'),
  word('rights.agents', ({ rights }) => rights.agents, 'Authorised agents', ['after-proof', 'none']),
  period(
    'rights.appeal.answer',
    ({ rights }) => rights.appeal?.answer,
    'The time for the answer to an appeal',
    'weaker',
  ),
  entries('selfServe', ({ selfServe }) => Object.fromEntries(selfServe.map((one) => [one.id, one])), {
    added: (_key, { right, place }) => ({
      effect: 'stronger',
      says: `People can do this themselves under ${place}: ${humanWord(right)}.`,
    }),
    removed: (_key, { right, place }) => ({
      effect: 'weaker',
      says: `People can no longer do this themselves under ${place}: ${humanWord(right)}.`,
    }),
    within: () => [],
  }),
  entries('cookies', ({ cookies }) => cookies, {
    added: (key, { what }) => ({ effect: 'weaker', says: `A cookie more is set, ${key}: ${what}` }),
    removed: (key) => ({ effect: 'stronger', says: `This cookie is not set any more: ${key}.` }),
    within: (key) => [
      word(
        `cookies.${key}.class`,
        ({ cookies }) => cookies[key]!.class,
        `The class of the cookie ${key}`,
        COOKIE_CLASSES,
      ),
      word(`cookies.${key}.lives`, ({ cookies }) => lifeOf(cookies[key]!.lives), `How long the cookie ${key} lives`),
    ],
  }),
  entries('browserStorage', ({ browserStorage }) => browserStorage, {
    added: (key, { what }) => ({ effect: 'weaker', says: `Something is stored in the browser, ${key}: ${what}` }),
    removed: (key) => ({ effect: 'stronger', says: `This is not stored in the browser any more: ${key}.` }),
    within: () => [],
  }),
  word('tracking.analytics', ({ tracking }) => tracking.analytics, 'Analytics', ['none', 'first-party']),
  word('tracking.analyticsChoice', ({ tracking }) => tracking.analyticsChoice, 'The choice about analytics', [
    'opt-in',
    'opt-out',
    'none',
  ]),
  word('tracking.marketingChoice', ({ tracking }) => tracking.marketingChoice, 'The choice about marketing', [
    'none',
    'opt-in',
  ]),
  word('tracking.location', ({ tracking }) => tracking.location, 'What is learned of where a visitor is', [
    'none',
    'country-city',
  ]),
  word(
    'tracking.globalPrivacyControl',
    ({ tracking }) => tracking.globalPrivacyControl,
    'The signal Global Privacy Control',
    ['honoured', 'recorded'],
  ),
  word('tracking.doNotTrack', ({ tracking }) => tracking.doNotTrack, 'The signal Do Not Track'),
  word('mail.bodies', ({ mail }) => mail.bodies, 'What mails hold', ['links-only', 'full']),
  members('mail.transactional', ({ mail }) => mail.transactional, {
    added: { effect: 'different', says: (name) => `One more kind of mail is sent: ${name}.` },
    removed: { effect: 'different', says: (name) => `This kind of mail is not sent any more: ${name}.` },
  }),
  word('mail.marketing.signUp', ({ mail }) => mail.marketing.signUp, 'How somebody comes to get news'),
  amount(
    'accounts.minimumAge',
    ({ accounts }) => accounts.minimumAge,
    'The least age of an account’s owner',
    'different',
  ),
  period(
    'breach.authorityWithin',
    ({ breach }) => breach.authorityWithin,
    'In a breach, the authority hears within',
    'weaker',
  ),
  word('breach.usersWithin', ({ breach }) => whenTold(breach.usersWithin), 'In a breach, people hear'),
  word('notices.policyChange.mail', ({ notices }) => notices.policyChange.mail, 'Who is mailed about a change', [
    'registered',
    'owners',
  ]),
  word(
    'notices.policyChange.before',
    ({ notices }) => (notices.policyChange.before ? 'before' : 'with'),
    'People hear of a change',
    ['before', 'with'],
  ),
  word(
    'notices.policyChange.inApp',
    ({ notices }) => told(notices.policyChange.inApp),
    'In the product, people hear of a change',
    ['yes', 'no'],
  ),
  word(
    'notices.policyChange.changelog',
    ({ notices }) => told(notices.policyChange.changelog),
    'In the changelog, people hear of a change',
    ['yes', 'no'],
  ),
  period(
    'notices.policyChange.banner',
    ({ notices }) => notices.policyChange.banner,
    'How long the notice of a change stays',
    'stronger',
  ),
  word(
    'notices.policyChange.acceptance',
    ({ notices }) => notices.policyChange.acceptance,
    'Using the service after a change accepts it',
    ['none', 'continued-use'],
  ),
  word('notices.ownershipChange', ({ notices }) => notices.ownershipChange, 'People hear of a new owner', [
    'before',
    'by-law',
  ]),
  period(
    'notices.subProcessorChange',
    ({ notices }) => notices.subProcessorChange,
    'How long before a new sub-processor starts it is announced',
    'stronger',
  ),
];

const told = (isTold: boolean) => (isTold ? 'yes' : 'no');
const whenTold = (within: string) => (within === 'by-law' ? 'as the law demands' : `within ${humanDuration(within)}`);
