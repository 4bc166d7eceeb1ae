import { humanWord } from '../promise/human-words.js';
import { amount, entries, members, period, word } from './compare.js';
import type { Comparison } from './change.js';

const RECIPIENT = ['policy-change', 'sub-processor-change'] as const;

/** Who answers for the data, where it is, who receives it, and what is connected. */
export const placeComparisons: readonly Comparison[] = [
  (before, after) => {
    const [was, is] = [before.controller, after.controller];
    const isSame = was.name === is.name && was.country === is.country;
    const sentence = `${is.name} (${humanWord(is.country)}) is responsible for the data, where ${was.name} (${humanWord(was.country)}) was.`;
    return isSame
      ? []
      : [{ path: 'controller', effect: 'different', sentence, owes: ['policy-change', 'ownership-change'] }];
  },
  word('controller.contacts.privacy', ({ controller }) => controller.contacts.privacy, 'The address for requests'),
  word(
    'controller.contacts.dataProtectionOfficer',
    ({ controller }) => controller.contacts.dataProtectionOfficer,
    'The data protection officer',
  ),
  members('controller.markets', ({ controller }) => controller.markets, {
    added: { effect: 'different', says: (name) => `The service is offered in one more place: ${name}.` },
    removed: { effect: 'different', says: (name) => `The service is not offered there any more: ${name}.` },
  }),
  members('scope', ({ scope }) => scope, {
    added: { effect: 'different', says: (name) => `The policy covers one thing more: ${name}.` },
    removed: { effect: 'weaker', says: (name) => `The policy does not cover this any more: ${name}.` },
  }),
  entries('residency.regions', ({ residency }) => residency.regions, {
    added: (_key, { place }) => ({ effect: 'different', says: `Data may be held in one more place: ${place}.` }),
    removed: (_key, { place }) => ({ effect: 'different', says: `Data is not held there any more: ${place}.` }),
    within: () => [],
  }),
  members('residency.onlyIn', ({ residency }) => residency.onlyIn, {
    added: { effect: 'stronger', says: (name) => `Data stays in ${name} only.` },
    removed: { effect: 'weaker', says: (name) => `It is not promised any more that data stays in ${name}.` },
  }),
  entries('subProcessors', ({ subProcessors }) => enabled(subProcessors), {
    added: (_key, { title, purpose, location }) => ({
      effect: 'weaker',
      says: `One more company receives data, ${title} (${humanWord(location)}): ${purpose}`,
      owes: RECIPIENT,
    }),
    removed: (_key, { title }) => ({
      effect: 'stronger',
      says: `This company does not receive data any more: ${title}.`,
    }),
    within: (key, { title }) => {
      const at = (field: string) => `subProcessors.${key}.${field}`;
      const named = (document: Parameters<Comparison>[0]) => enabled(document.subProcessors)[key];
      return [
        members(at('ceiling'), (document) => named(document)?.ceiling, {
          added: { effect: 'weaker', says: (name) => `${title} may receive one thing more: ${name}.`, owes: RECIPIENT },
          removed: { effect: 'stronger', says: (name) => `${title} may not receive this any more: ${name}.` },
        }),
        word(at('location'), (document) => named(document)?.location, `Where ${title} is`),
        word(at('name'), (document) => named(document)?.name, `Which company it is that serves as ${title}`),
      ];
    },
  }),
  entries('transfers', ({ transfers }) => Object.fromEntries(transfers.map((one) => [one.id, one])), {
    added: (_key, { mechanism }) => ({
      effect: 'different',
      says: `Transfers rest on one more safeguard: ${humanWord(mechanism)}.`,
    }),
    removed: (_key, { mechanism }) => ({
      effect: 'weaker',
      says: `Transfers do not rest on this safeguard any more: ${humanWord(mechanism)}.`,
    }),
    within: (key) => [
      word(
        `transfers.${key}.mechanism`,
        ({ transfers }) => transfers.find(({ id }) => id === key)?.mechanism,
        'The safeguard of a transfer',
      ),
    ],
  }),
  entries('connectors', ({ connectors }) => connectors, {
    added: (_key, { title }) => ({ effect: 'different', says: `One more system can be connected: ${title}.` }),
    removed: (_key, { title }) => ({
      effect: 'different',
      says: `This system cannot be connected any more: ${title}.`,
    }),
    within: (key, { title }) => [
      members(`connectors.${key}.scopes`, ({ connectors }) => connectors[key]?.scopes, {
        added: { effect: 'weaker', says: (name) => `${title} is asked for one more permission: ${name}.` },
        removed: { effect: 'stronger', says: (name) => `${title} is not asked for this permission any more: ${name}.` },
      }),
      members(`connectors.${key}.auth`, ({ connectors }) => connectors[key]?.auth, {
        added: { effect: 'different', says: (name) => `${title} can also be connected by ${name}.` },
        removed: { effect: 'different', says: (name) => `${title} cannot be connected by ${name} any more.` },
      }),
      period(
        `connectors.${key}.forgetWithin`,
        ({ connectors }) => connectors[key]?.forgetWithin,
        `${title}, what is left after its removal is gone within`,
        'weaker',
      ),
      word(
        `connectors.${key}.writeBack`,
        ({ connectors }) => connectors[key]?.writeBack,
        `${title}, what is written back`,
        ['none', 'designated-fields'],
      ),
    ],
  }),
  amount(
    'staff.breakGlass.approvals',
    ({ staff }) => staff.breakGlass.approvals,
    'People whom a look at a customer’s data takes',
    'stronger',
  ),
  period('staff.breakGlass.lasts', ({ staff }) => staff.breakGlass.lasts, 'How long such a look may last', 'weaker'),
  word('encryption.tlsMinimum', ({ encryption }) => encryption.tlsMinimum, 'The oldest version of TLS', ['1.3', '1.2']),
  members('audit.events', ({ audit }) => audit.events, {
    added: { effect: 'stronger', says: (name) => `One act more leaves an audit entry: ${name}.` },
    removed: { effect: 'weaker', says: (name) => `This act leaves no audit entry any more: ${name}.` },
  }),
];

type SubProcessors = Parameters<Comparison>[0]['subProcessors'];

const enabled = (all: SubProcessors): Readonly<Record<string, SubProcessors[number] | undefined>> =>
  Object.fromEntries(all.filter((one) => one.enabled).map((one) => [one.id, one]));
