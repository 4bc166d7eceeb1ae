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

/** Asks the vault about connections and workers about the systems behind them. */
export class ConnectionDesk {
  /** The connection of that id or name. @throws Problem `kernel.not-found`, `vault.connection-revoked` */
  async active(call: Call, orgId: string, connection: string): Promise<Connection> {
    const found = await call.ask(describeConnection, { orgId, connection });
    if (found.state === 'revoked') throw new Problem(vaultProblems.connectionRevoked);
    return found;
  }

  /** Name and version of the system behind a connection. */
  async check(call: Call, orgId: string, connectionId: string): Promise<string> {
    const { serverVersion } = await this.inspect(call, orgId, connectionId, 'check');
    return serverVersion;
  }

  /** The streams and fields of the system behind a connection. */
  async schema(call: Call, orgId: string, connectionId: string): Promise<SystemSchema> {
    const { schema } = await this.inspect(call, orgId, connectionId, 'schema');
    return schema as unknown as SystemSchema;
  }

  private async inspect(call: Call, orgId: string, connectionId: string, want: 'check' | 'schema') {
    try {
      return await call.ask(inspectConnection, { orgId, grantFor: connectionId, want });
    } catch (error) {
      const nobodyThere = error instanceof Problem && error.code === kernelProblems.unavailable.code;
      throw nobodyThere ? new Problem(syncProblems.noWorker, { cause: error }) : error;
    }
  }
}
