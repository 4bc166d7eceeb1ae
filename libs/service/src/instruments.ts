import type { ServiceName } from '@millrace/contracts';
import type { Instruments } from '@millrace/messaging';
import type { RegionConfig } from './region-config.js';

export interface Logger {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}
export interface Metrics {
  render(): Promise<string>;
}

export function createInstruments(_service: ServiceName, _config: RegionConfig) {
  const quiet = () => undefined;
  const log: Logger = { info: quiet, warn: quiet, error: quiet };
  const metrics: Metrics = { render: async () => '' };
  const instruments: Instruments = {
    span: (_name, _carrier, _attributes, work) => work(),
    carrier: () => ({}),
    handled: quiet,
    unexpected: (error) => console.error(error),
  };
  return { log, metrics, instruments };
}
