export { NdjsonConfig } from './ndjson-config.js';
export { ndjson } from './ndjson.connector.js';
