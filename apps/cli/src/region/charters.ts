import { readdirSync } from 'node:fs';
import { chartersFolder } from './project.js';

/** What a region runs under, and is called, when nobody says otherwise. */
export const DEFAULT_CHARTER = 'dataflow-xpert';
export const DEFAULT_REGION = 'us-east-1';

/** The names of the charters that ship with the product. */
export function shippedCharters(): string[] {
  const suffix = '.yaml';
  return readdirSync(chartersFolder)
    .filter((file) => file.endsWith(suffix))
    .map((file) => file.slice(0, -suffix.length))
    .sort();
}
