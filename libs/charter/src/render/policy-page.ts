import type { Charter } from '../charter.js';
import { lintCharter } from '../conflicts/lint-charter.js';
import type { Finding } from '../finding.js';
import { answerPeriod, laws } from '../law/laws.js';
import { lastsAtLeast } from '../law/duration-bounds.js';
import { enumerate, humanDate, humanDuration, humanWord } from '../promise/human-words.js';
import { regimes, type Regime } from '../vocabulary.js';
import { list, paragraph, section, table, type Page, type PageSection } from './page.js';
import { retentionTable } from './retention-table.js';
import { recipientsTable } from './sub-processor-page.js';
import { basisTitles, categoryTitles } from './titles.js';
import { transfersTable } from './transfers-table.js';

/** What must be solved before the page goes out; empty means that it may. */
export function publicationBlockers(charter: Charter): Finding[] {
  return lintCharter(charter).filter(({ blocks }) => blocks === 'publication');
}

/**
 * The privacy policy of a charter. Every number on it is read from the same settings that the services read, and the
 * same charter always gives the same page. It may be shown while `publicationBlockers` finds something, not published.
 */
export function policyPage(charter: Charter): Page {
  const { title } = charter.document;
  return {
    title: `Privacy policy of ${title}`,
    sections: [
      aboutSection(charter),
      dataSection(charter),
      purposeSection(charter),
      section('How long we keep it', retentionTable(charter), paragraph(deletionText(charter))),
      section('Who receives it', recipientsTable(charter)),
      placeSection(charter),
      rightsSection(charter),
      cookieSection(charter),
      changeSection(charter),
      section('What we promise', list(charter.promises.map(({ id, sentence }) => `${id}: ${sentence}`))),
    ],
  };
}

function aboutSection({ document, digest }: Charter): PageSection {
  const { controller, version, effective, scope } = document;
  const { contacts, postalAddress, representative } = controller;
  const address = postalAddress === 'placeholder' ? 'not yet supplied' : postalAddress.join(', ');
  const contactRows = [
    ['Privacy', contacts.privacy],
    ['Data protection officer', contacts.dataProtectionOfficer],
    ['Support', contacts.support],
    ['General', contacts.general],
    ['Legal', contacts.legal],
    ['Representative', representative.contact && `${representative.name}, ${representative.contact}`],
    ['Post', address],
  ].filter((row): row is [string, string] => Boolean(row[1]));
  return section(
    'Who we are',
    paragraph(
      `${controller.name} is responsible for your data. This policy covers ${enumerate(scope.map(humanWord))}. ` +
        `Last updated ${humanDate(version)}, in effect from ${humanDate(effective)}. Charter digest sha256:${digest}.`,
    ),
    table(['Contact', 'Address'], contactRows),
  );
}

function dataSection({ document }: Charter): PageSection {
  const held = Object.entries(document.data).map(([category, { what }]) => [
    categoryTitles[category as keyof typeof categoryTitles],
    what,
  ]);
  const forms = Object.entries(document.collected).map(([name, fields]) => [humanWord(name), enumerate(fields)]);
  const { fields } = document.accounts;
  return section(
    'What we hold',
    table(['Category', 'What it is'], held),
    table(['Where', 'Which fields, and no others'], [['account', enumerate(fields.map(humanWord))], ...forms]),
  );
}

function purposeSection({ document }: Charter): PageSection {
  const rows = Object.values(document.purposes).map(({ title, basis }) => [title, basisTitles[basis]]);
  return section('Why we use it', table(['Purpose', 'Basis'], rows));
}

function deletionText({ document }: Charter): string {
  const { completeWithin, includesBackups } = document.erasure;
  const backups = includesBackups ? 'backups included' : `backups end within ${humanDuration(document.backups.keep)}`;
  return `A deletion that you ask for is complete within ${humanDuration(completeWithin)}, ${backups}.`;
}

function placeSection(charter: Charter): PageSection {
  const rows = Object.values(charter.document.residency.regions).map(({ place, plan }) => [place, humanWord(plan)]);
  return section('Where it is', table(['Place', 'Plan'], rows), transfersTable(charter));
}

function rightsSection(charter: Charter): PageSection {
  const { rights, selfServe, controller } = charter.document;
  const rows = regimes.flatMap((regime) => {
    const granted = rights.regimes[regime];
    if (!granted) return [];
    const { title, authority } = laws[regime];
    return [[title, enumerate(granted.rights.map(humanWord)), answerText(regime, granted.answer), authority]];
  });
  const routes = selfServe.map(({ right, place, method, path }) => [humanWord(right), place, `${method} ${path}`]);
  const appeal = rights.appeal
    ? ` An appeal with the subject "${rights.appeal.subject}" is answered within ${humanDuration(rights.appeal.answer)}.`
    : '';
  return section(
    'Your rights',
    table(['Law', 'Rights', 'Answered within', 'Complaints to'], rows),
    table(['Right', 'Where you do it yourself', 'Interface'], routes),
    paragraph(
      `Write to ${controller.contacts.privacy}, for example with the subject ${enumerate(rights.subjects.map((line) => `"${line}"`))}. ` +
        `It is free of charge, and nobody is treated worse for it.${appeal}`,
    ),
  );
}

/** The promised time, and the law's where that can be earlier: the earlier one is due. */
function answerText(regime: Regime, promised: string): string {
  const answer = answerPeriod(regime);
  const words = humanDuration(promised);
  return lastsAtLeast(answer, promised) ? words : `${words}, or ${humanDuration(answer)} where that is earlier`;
}

function cookieSection({ document }: Charter): PageSection {
  const lives = (text: string) => (text === 'session' ? 'until you sign out' : humanDuration(text));
  const cookies = Object.entries(document.cookies).map(([name, { class: kind, lives: life, what }]) => [
    name,
    kind,
    lives(life),
    what,
  ]);
  const keys = Object.entries(document.browserStorage).map(([name, { class: kind, what }]) => [name, kind, what]);
  return section(
    'Cookies and browser storage',
    table(['Cookie', 'Class', 'Lives', 'What for'], cookies),
    table(['Storage key', 'Class', 'What for'], keys),
    paragraph(document.tracking.doNotTrack),
  );
}

function changeSection({ document }: Charter): PageSection {
  const { mail, inApp, changelog, before, banner } = document.notices.policyChange;
  const channels = [
    `e-mail to ${mail === 'owners' ? 'owners of organizations' : 'registered users'}`,
    ...(inApp ? ['a notice in the product'] : []),
    ...(changelog ? ['the changelog'] : []),
  ];
  const shown = banner ? ` The notice stays for ${humanDuration(banner)} after the change takes effect.` : '';
  return section(
    'How this policy changes',
    paragraph(`We announce a change by ${enumerate(channels)}${before ? ', before it takes effect' : ''}.${shown}`),
    paragraph(
      `A new sub-processor is announced ${humanDuration(document.notices.subProcessorChange)} before it starts.`,
    ),
  );
}
