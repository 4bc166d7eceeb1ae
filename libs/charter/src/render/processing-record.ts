import type { Charter } from '../charter.js';
import { enumerate, humanWord } from '../promise/human-words.js';
import { list, paragraph, section, table, type Page } from './page.js';
import { retentionTable } from './retention-table.js';
import { recipientsTable } from './sub-processor-page.js';
import { basisTitles, categoryTitles } from './titles.js';
import { transfersTable } from './transfers-table.js';

/** A holding as the data map knows it: one table of one service. */
export interface RecordedHolding {
  readonly service: string;
  readonly table: string;
  readonly categories: readonly string[];
  readonly purposes: readonly string[];
  /** The retention keys of its columns. */
  readonly retention: readonly string[];
}

/**
 * The record of processing activities of Article 30(1) GDPR, with the particulars (a) to (g) in their order.
 *
 * @param holdings what the data map of the running region declares; without it the record names categories only
 */
export function processingRecord(charter: Charter, holdings: readonly RecordedHolding[] = []): Page {
  const { document } = charter;
  const { controller } = document;
  const { name, postalAddress } = controller;
  const address = postalAddress === 'placeholder' ? `${name}, address not yet supplied` : postalAddress.join(', ');
  return {
    title: `Record of processing activities of ${document.title}`,
    sections: [
      section(
        '(a) Controller',
        list([
          address,
          `Contact: ${controller.contacts.privacy}`,
          `Data protection officer: ${controller.contacts.dataProtectionOfficer ?? 'none'}`,
          `Representative: ${controller.representative.name ?? humanWord(controller.representative.state)}`,
        ]),
      ),
      section('(b) Purposes', purposesTable(charter)),
      section('(c) Persons and data', dataTable(charter), holdingsTable(holdings)),
      section('(d) Recipients', recipientsTable(charter)),
      section('(e) Transfers', transfersTable(charter), paragraph(document.transfers.length ? '' : 'None registered.')),
      section('(f) Time limits', retentionTable(charter)),
      section('(g) Security measures', list(measures(charter))),
    ],
  };
}

function purposesTable({ document }: Charter) {
  const rows = Object.values(document.purposes).map(({ title, covers, basis, balancing }) => [
    title,
    enumerate(covers.map(humanWord)),
    balancing ? `${basisTitles[basis]} (${documentTitle(document, balancing)})` : basisTitles[basis],
  ]);
  return table(['Purpose', 'Covers', 'Basis'], rows);
}

function dataTable({ document }: Charter) {
  const rows = Object.entries(document.data).map(([category, { what }]) => [
    categoryTitles[category as keyof typeof categoryTitles],
    what,
    document.controller.roles.accounts,
  ]);
  const records = [
    "Customers' records",
    'Passed through in memory while they are synced.',
    document.controller.roles.records,
  ];
  return table(['Category', 'What it is', 'Role'], document.modules.sync === 'on' ? [...rows, records] : rows);
}

function holdingsTable(holdings: readonly RecordedHolding[]) {
  const rows = holdings.map((holding) => [
    holding.service,
    holding.table,
    enumerate(holding.categories.map(humanWord)),
    enumerate(holding.purposes.map(humanWord)),
    enumerate(holding.retention.map(humanWord)),
  ]);
  return table(['Service', 'Table', 'Categories', 'Purposes', 'Period'], rows);
}

function measures({ document }: Charter): string[] {
  const { encryption, staff, accounts } = document;
  return [
    `Secrets are encrypted with ${encryption.atRest}; connections use TLS ${encryption.tlsMinimum} or newer.`,
    `Passwords are stored as ${accounts.password.hash} hashes of cost ${accounts.password.cost}.`,
    `Staff need a second factor, and ${staff.breakGlass.approvals} approvals to see customers' data.`,
    'Each organization is separated by row-level security in the database.',
    'Security-relevant acts are entered into an append-only log that anyone can verify.',
  ];
}

function documentTitle({ documents }: Charter['document'], id: string): string {
  return documents.find((entry) => entry.id === id)?.title ?? id;
}
