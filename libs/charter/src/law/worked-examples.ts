import { americanExamples } from './american-examples.js';
import { britishExamples } from './british-examples.js';
import { europeanExamples } from './european-examples.js';
import { swissExamples } from './swiss-examples.js';
import type { WorkedExamples } from './worked-example.js';

/** What the engine must give, law by law. */
export const workedExamples: readonly WorkedExamples[] = [
  ...europeanExamples,
  ...britishExamples,
  ...swissExamples,
  ...americanExamples,
];
