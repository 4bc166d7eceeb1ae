import { readFileSync } from 'node:fs';

/** Published test vectors that stand beside a test, with their source named in the file. */
export function readVectors<T>(file: URL): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}

export const hex = (text: string): Buffer => Buffer.from(text, 'hex');
