import { freePort } from '@millrace/embedded';
import { contextNames, type ServiceName } from '@millrace/contracts';

/** Ports that people type are tried first; where one is taken, the system picks another. */
export const wishedPorts = { gateway: 8400, postgres: 8432, nats: 8422, mail: 8425, customerPostgres: 8433 } as const;

/** Parties of a region that answer on an operations port. */
export const operationsParties: readonly ServiceName[] = [...contextNames, 'sync-worker'];

export interface RegionPorts {
  readonly postgres: number;
  readonly nats: number;
  /** The mailbox of this machine; undefined when the operator configured a mail server. */
  readonly mail: number | undefined;
  /** Where people's requests arrive. */
  readonly gateway: number;
  /** Health and metrics of each party. */
  readonly operations: Readonly<Partial<Record<string, number>>>;
}

/** Gives each taker a port of its own: the wished one when it is free. */
export class PortPicker {
  private readonly given = new Set<number>();

  /** Marks ports that servers of ours have taken or will take again after a restart. */
  reserve(...ports: number[]): void {
    ports.forEach((port) => this.given.add(port));
  }

  async pick(wished?: number): Promise<number> {
    let port = await freePort(wished !== undefined && this.given.has(wished) ? undefined : wished);
    while (this.given.has(port)) port = await freePort();
    this.given.add(port);
    return port;
  }
}
