import { z } from 'zod';
import { self } from '../caller.js';
import { f } from '../field.js';
import { operation, Part } from '../operation.js';

export const exportRest = operation({
  name: 'compliance.me.export-rest',
  summary: 'The next part of a copy of everything that is held about you',
  input: z.strictObject({ next: f.personalText(4_000) }),
  output: Part,
  access: self(),
  deadlineMs: 30_000,
});
