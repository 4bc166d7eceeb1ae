export { CsvConfig } from './csv-config.js';
export { csv } from './csv.connector.js';
