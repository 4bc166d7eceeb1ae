import { fileSettings } from '@millrace/connector-sdk';
import { z } from 'zod';

/** Where the files lie and how they are written. */
export const CsvConfig = z.strictObject({
  ...fileSettings,
  delimiter: z.enum([',', ';', '\t', '|']).default(',').describe('What stands between two fields'),
  nullText: z
    .string()
    .max(20)
    .regex(/^[^"\r\n,;\t|]*$/)
    .default('')
    .describe('What stands, without quotes, for a missing value; in quotes it is a text'),
});
export type CsvConfig = z.infer<typeof CsvConfig>;
