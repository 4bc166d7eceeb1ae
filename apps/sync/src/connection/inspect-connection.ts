import type { SystemSchema } from '@millrace/connector-sdk';
import {
  type Connection,
  describeConnection,
  inspectConnection,
  kernelProblems,
  syncProblems,
  vaultProblems,
} from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { LeaseGrants } from '../partition/lease-grants.js';

/** Asks the vault about connections and workers about the systems behind them. */
export class ConnectionDesk {
  constructor(private readonly grants: LeaseGrants) {}

  /** The connection of that id or name. @throws Problem `kernel.not-found`, `vault.connection-revoked`, `vault.reconnect-needed` */
  async active(call: Call, orgId: string, connection: string): Promise<Connection> {
    const found = await call.ask(describeConnection, { orgId, connection });
    if (found.state === 'revoked') throw new Problem(vaultProblems.connectionRevoked);
    if (found.health !== 'working') throw new Problem(vaultProblems.reconnectNeeded);
    return found;
  }

  /** @throws Problem `vault.connection-revoked` or `vault.reconnect-needed` unless both sides of the pipeline can be used */
  async bothActive(
    call: Call,
    orgId: string,
    { sourceConnectionId, targetConnectionId }: { sourceConnectionId: string; targetConnectionId: string },
  ): Promise<void> {
    await Promise.all([sourceConnectionId, targetConnectionId].map((id) => this.active(call, orgId, id)));
  }

  /** Name and version of the system behind a connection. */
  async check(call: Call, orgId: string, connectionId: string): Promise<string> {
    const { serverVersion } = await this.inspect(call, orgId, connectionId, 'check');
    return serverVersion;
  }

  /** The streams and fields of the system behind a connection; of the named streams, or of all. */
  async schema(call: Call, orgId: string, connectionId: string, streams?: string[]): Promise<SystemSchema> {
    const { schema } = await this.inspect(call, orgId, connectionId, 'schema', streams);
    return schema as unknown as SystemSchema;
  }

  private async inspect(call: Call, orgId: string, connectionId: string, want: 'check' | 'schema', streams?: string[]) {
    const ticket = await this.grants.ticketFor(orgId, connectionId);
    try {
      return await call.ask(inspectConnection, { ticket, want, streams });
    } catch (error) {
      const nobodyThere = error instanceof Problem && error.code === kernelProblems.unavailable.code;
      throw nobodyThere ? new Problem(syncProblems.noWorker, { cause: error }) : error;
    }
  }
}
