import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';
import type { Charter } from './charter.js';
import { CharterError, type CharterPath, type Finding } from './finding.js';
import { loadCharter } from './load-charter.js';

export const shippedNames = ['fluxcascade', 'dataflow-xpert', 'fluxent'] as const;
export type ShippedName = (typeof shippedNames)[number];

/** One change of a charter's text; an undefined value removes the place. */
export type Edit = readonly [path: CharterPath, value: unknown];

const FOLDER = new URL('../../../deploy/charters/', import.meta.url);

/** The text of a file that stands in `deploy/charters`. */
export function shippedFile(fileName: string): string {
  return readFileSync(fileURLToPath(new URL(fileName, FOLDER)), 'utf8');
}

export function shippedText(name: ShippedName): string {
  return shippedFile(`${name}.yaml`);
}

export function shipped(name: ShippedName): Charter {
  return loadCharter(shippedText(name), `${name}.yaml`);
}

/** A shipped charter's text with some places changed. */
export function editedText(name: ShippedName, edits: readonly Edit[]): string {
  const document = parseDocument(shippedText(name));
  for (const [path, value] of edits) {
    if (value === undefined) document.deleteIn(path);
    else document.setIn(path, document.createNode(value));
  }
  return document.toString({ lineWidth: 0 });
}

export function edited(name: ShippedName, edits: readonly Edit[]): Charter {
  return loadCharter(editedText(name, edits), `${name}.yaml`);
}

/** What the loader says against a text; fails the test when it says nothing. */
export function refusals(text: string, fileName = 'bad.yaml'): readonly Finding[] {
  try {
    loadCharter(text, fileName);
  } catch (error) {
    if (error instanceof CharterError) return error.findings;
    throw error;
  }
  throw new Error('The charter was accepted.');
}
