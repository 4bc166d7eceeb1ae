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
  subProcessorPage,
} from '@millrace/charter';
import { Problem } from '@millrace/kernel';
import { recordedHoldings } from '@millrace/privacy';
import { declaredDataMap } from '../data-map/declared-data-map.js';
import { cliProblems } from '../region/problems.js';
import type { Console } from '../terminal/console.js';

/** Writes every page of a charter into a directory; files of the same names are replaced. */
export async function render(charter: Charter, directory: string, console: Console): Promise<void> {
  const { terminal } = console;
  const pages: Readonly<Record<string, Page>> = {
    privacy: policyPage(charter),
    cookies: cookiePage(charter),
    'sub-processors': subProcessorPage(charter),
    'record-of-processing': processingRecord(charter, recordedHoldings(await declaredDataMap())),
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
