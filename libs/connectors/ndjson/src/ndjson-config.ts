import { fileSettings } from '@millrace/connector-sdk';
import { z } from 'zod';

/** Where the files lie. */
export const NdjsonConfig = z.strictObject({ ...fileSettings });
export type NdjsonConfig = z.infer<typeof NdjsonConfig>;
