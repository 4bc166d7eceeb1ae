import { fileConnector, type FileFormat } from '@millrace/connector-sdk';
import { CsvConfig } from './csv-config.js';
import { CsvParser } from './csv-parser.js';
import { CsvPrinter } from './csv-printer.js';
import { describeCsv } from './describe-csv.js';

const format: FileFormat<CsvConfig> = {
  extension: '.csv',
  describe: describeCsv,
  parser: (description, projection, config) => new CsvParser(description, projection, config),
  printer: (columns, config) => new CsvPrinter(columns, config),
};

/** CSV files (RFC 4180, UTF-8) with a header, as source and as target. */
export const csv = fileConnector<CsvConfig>({ id: 'csv', title: 'CSV files', config: CsvConfig, format });
