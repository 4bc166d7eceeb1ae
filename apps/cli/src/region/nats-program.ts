import { findNatsServer } from '@millrace/embedded';

/**
 * The nats-server program that the surroundings name: NATS_SERVER_BIN, else one of PATH, else one of the usual places.
 * @throws Problem `embedded.program-missing` whose one line says what to type
 */
export function natsProgram(): string {
  return findNatsServer({ explicit: process.env['NATS_SERVER_BIN'], path: process.env['PATH'] }).path;
}
