import { periodText } from '../render/retention-table.js';
import { anchorTitles, basisTitles, categoryTitles, endTitles, retentionTitles } from '../render/titles.js';
import type { RetentionDocument } from '../schema/charter.schema.js';
import type { Category, RetentionKey } from '../vocabulary.js';
import { amount, entries, members, period, word } from './compare.js';
import type { Comparison, OwedNotice } from './change.js';

const fieldsOf = (where: string) =>
  ({
    added: { effect: 'weaker', says: (name: string) => `${where} holds one more field: ${name}.` },
    removed: { effect: 'stronger', says: (name: string) => `${where} does not hold this field any more: ${name}.` },
  }) as const;

/** From what is gone altogether to what stays in another form. */
const ENDS = ['delete', 'blank', 'anonymise', 'archive'];

function withinRetention(key: string): readonly Comparison[] {
  const title = retentionTitles[key as RetentionKey];
  const at = (field: string) => `retention.${key}.${field}`;
  const rule = (document: Parameters<Comparison>[0]) => document.retention[key as RetentionKey];
  return [
    period(at('keep'), (document) => rule(document)?.keep, `${title}, how long it is kept`, 'weaker'),
    word(at('from'), (document) => anchorOf(rule(document)), `${title}, from when the period runs`),
    word(at('then'), (document) => rule(document)?.then, `${title}, what happens at the end`, ENDS),
    word(at('floor'), (document) => (rule(document)?.floor ? 'not erased on request' : 'erased on request'), title, [
      'erased on request',
      'not erased on request',
    ]),
    word(at('earlier'), (document) => rule(document)?.earlier ?? 'not on request', `${title}, an earlier end`, [
      'on-request',
      'not on request',
    ]),
    word(at('basis'), (document) => basisOf(rule(document)), `${title}, why it is kept`),
    period(
      at('archive.keep'),
      (document) => rule(document)?.archive?.keep,
      `${title}, how long its archive lasts`,
      'weaker',
    ),
    period(at('orSooner.keep'), (document) => rule(document)?.orSooner?.keep, `${title}, its second period`, 'weaker'),
  ];
}

const anchorOf = (rule: RetentionDocument | undefined) => rule && anchorTitles[rule.from];
const basisOf = (rule: RetentionDocument | undefined) => rule && basisTitles[rule.basis];
const askedFor = (basis: string): readonly OwedNotice[] =>
  basis === 'consent' ? ['policy-change', 'consent'] : ['policy-change'];

/** What is held, why, and for how long. */
export const dataComparisons: readonly Comparison[] = [
  entries('data', ({ data }) => data, {
    added: (key, { what }) => ({
      effect: 'weaker',
      says: `A category of data is held that was not held before, ${categoryTitles[key as Category]}: ${what}`,
    }),
    removed: (key) => ({
      effect: 'stronger',
      says: `A category of data is not held any more: ${categoryTitles[key as Category]}.`,
    }),
    within: (key) => [
      word(
        `data.${key}.what`,
        ({ data }) => data[key as Category]?.what,
        `What is held as ${categoryTitles[key as Category]}`,
      ),
    ],
  }),
  members('accounts.fields', ({ accounts }) => accounts.fields, fieldsOf('An account')),
  members('accounts.required', ({ accounts }) => accounts.required, {
    added: { effect: 'weaker', says: (name) => `Signing up asks for this now: ${name}.` },
    removed: { effect: 'stronger', says: (name) => `Signing up does not ask for this any more: ${name}.` },
  }),
  entries('collected', ({ collected }) => collected, {
    added: (key, fields) => ({
      effect: 'weaker',
      says: `Something new is collected (${key.replaceAll('-', ' ')}): ${fields.join(', ')}.`,
    }),
    removed: (key) => ({ effect: 'stronger', says: `This is not collected any more: ${key.replaceAll('-', ' ')}.` }),
    within: (key) => [
      members(
        `collected.${key}`,
        ({ collected }) => collected[key],
        fieldsOf(`What is collected as ${key.replaceAll('-', ' ')}`),
      ),
    ],
  }),
  entries('purposes', ({ purposes }) => purposes, {
    added: (_key, { title, basis }) => ({
      effect: 'weaker',
      says: `Data is used for something new: ${title}. The basis is: ${basisTitles[basis]}.`,
      owes: askedFor(basis),
    }),
    removed: (_key, { title }) => ({ effect: 'stronger', says: `Data is not used for this any more: ${title}.` }),
    within: (key, { title }) => [
      word(`purposes.${key}.title`, ({ purposes }) => purposes[key]!.title, 'How a purpose is called'),
      word(`purposes.${key}.basis`, ({ purposes }) => basisTitles[purposes[key]!.basis], `The basis of “${title}”`),
      members(`purposes.${key}.covers`, ({ purposes }) => purposes[key]!.covers, {
        added: { effect: 'weaker', says: (name) => `“${title}” covers one thing more: ${name}.` },
        removed: { effect: 'stronger', says: (name) => `“${title}” does not cover this any more: ${name}.` },
      }),
    ],
  }),
  entries('retention', ({ retention }) => retention, {
    added: (key, rule) => ({
      effect: 'different',
      says: `${retentionTitles[key as RetentionKey]} has a period now: ${periodText(rule)}, then ${endTitles[rule.then]}.`,
    }),
    removed: (key) => ({
      effect: 'different',
      says: `${retentionTitles[key as RetentionKey]} has no period any more, as nothing of it is held.`,
    }),
    within: withinRetention,
  }),
  period('erasure.completeWithin', ({ erasure }) => erasure.completeWithin, 'A deletion is complete within', 'weaker'),
  word(
    'erasure.includesBackups',
    ({ erasure }) => (erasure.includesBackups ? 'backups included' : 'backups not included'),
    'The time for a deletion',
    ['backups included', 'backups not included'],
  ),
  word('erasure.auditEntries', ({ erasure }) => erasure.auditEntries, 'Audit entries about somebody who is erased', [
    'blank',
    'keep',
  ]),
  period('backups.keep', ({ backups }) => backups.keep, 'How long backups are kept', 'weaker'),
  amount(
    'minimumGroupSize',
    ({ minimumGroupSize }) => minimumGroupSize,
    'People whom a published aggregate covers at least',
    'stronger',
  ),
];
