import { fileConnector, type FileFormat } from '@millrace/connector-sdk';
import { describeNdjson } from './describe-ndjson.js';
import { NdjsonConfig } from './ndjson-config.js';
import { NdjsonParser } from './ndjson-parser.js';
import { NdjsonPrinter } from './ndjson-printer.js';

const format: FileFormat<NdjsonConfig> = {
  extension: '.ndjson',
  describe: describeNdjson,
  parser: (description, projection) => new NdjsonParser(description, projection),
  printer: (columns) => new NdjsonPrinter(columns),
};

/** Files with one JSON object a line (UTF-8), as source and as target. */
export const ndjson = fileConnector<NdjsonConfig>({
  id: 'ndjson',
  title: 'NDJSON files',
  config: NdjsonConfig,
  format,
});
