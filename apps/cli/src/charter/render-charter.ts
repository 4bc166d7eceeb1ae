import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  type Charter,
  cookiePage,
  type Page,
  pageDocument,
  pageMarkdown,
  policyPage,
  processingRecord,
  publicationBlockers,
  type RecordedHolding,
  subProcessorPage,
} from '@millrace/charter';
import { Problem } from '@millrace/kernel';
import { standardTables } from '@millrace/persistence';
import { dataMap, type Table } from '@millrace/privacy';
import { cliProblems } from '../region/problems.js';
import { loadDefinitions } from '../region/service-packages.js';
import type { Console } from '../terminal/console.js';

/** Writes every page of a charter into a directory; files of the same names are replaced. */
export async function render(charter: Charter, directory: string, console: Console): Promise<void> {
  const { terminal } = console;
  const pages: Readonly<Record<string, Page>> = {
    privacy: policyPage(charter),
    cookies: cookiePage(charter),
    'sub-processors': subProcessorPage(charter),
    'record-of-processing': processingRecord(charter, await holdings()),
  };
  const files = Object.entries(pages).flatMap(([name, page]) => [
    write(directory, `${name}.html`, pageDocument(page)),
    write(directory, `${name}.md`, pageMarkdown(page)),
  ]);
  terminal.tick(`${files.length} files are in ${directory}`);
  const blockers = publicationBlockers(charter);
  for (const { message } of blockers) terminal.mark('warn', message, 'before you publish');
  console.result({ charter: charter.name, version: charter.version, files, mayBePublished: blockers.length === 0 });
}

/** What each service's tables hold about people, as they are declared. */
async function holdings(): Promise<RecordedHolding[]> {
  const definitions = await loadDefinitions();
  return definitions.flatMap(({ name, tables }) =>
    [...standardTables, ...tables].flatMap((one) => holdingOf(name, one)),
  );
}

function holdingOf(service: string, table: Table): RecordedHolding[] {
  const meanings = dataMap([table]).flatMap(({ meaning }) => meaning ?? []);
  if (meanings.length === 0) return [];
  const distinct = (values: readonly string[]) => [...new Set(values)].sort();
  return [
    {
      service,
      table: table.name,
      categories: distinct(meanings.map(({ category }) => category)),
      purposes: distinct(meanings.flatMap(({ purposes }) => purposes)),
      retention: distinct(meanings.map(({ retention }) => retention)),
    },
  ];
}

function write(directory: string, name: string, text: string): string {
  const file = path.join(directory, name);
  try {
    mkdirSync(directory, { recursive: true });
    writeFileSync(file, text);
  } catch (cause) {
    throw new Problem(cliProblems.fileUnwritable, {
      detail: `${file} cannot be written (${(cause as NodeJS.ErrnoException).code}).`,
      cause,
    });
  }
  return file;
}
