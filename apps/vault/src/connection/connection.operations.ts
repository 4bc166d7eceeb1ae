import {
  createConnection,
  describeConnection,
  type Input,
  listConnections,
  readConnection,
  revokeConnection,
} from '@millrace/contracts';
import { Secret } from '@millrace/kernel';
import { type Call, Handles } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { findByIdOrName, findConnection, listConnectionRows, shown } from './connection.queries.js';
import { CreateConnection, type DirectDraft, noProof } from './create-connection.js';
import { RevokeConnection } from './revoke-connection.js';

@Controller()
export class ConnectionOperations {
  constructor(
    private readonly createOne: CreateConnection,
    private readonly revokeOne: RevokeConnection,
  ) {}

  @Handles(createConnection)
  create(input: Input<typeof createConnection>, call: Call) {
    if (!('credential' in input)) return this.createOne.execute(input, noProof, call);
    const { credential, ...draft } = input;
    return this.createOne.execute(draft as DirectDraft, new Secret(credential), call);
  }

  @Handles(listConnections)
  async list(_input: Input<typeof listConnections>, call: Call) {
    return { connections: (await call.tx(listConnectionRows)).map(shown) };
  }

  @Handles(readConnection)
  async read({ connectionId }: Input<typeof readConnection>, call: Call) {
    return shown(await call.tx((tx) => findConnection(tx, connectionId)));
  }

  @Handles(revokeConnection)
  revoke({ connectionId }: Input<typeof revokeConnection>, call: Call) {
    return this.revokeOne.execute(connectionId, call);
  }

  @Handles(describeConnection)
  async describe({ orgId, connection }: Input<typeof describeConnection>, call: Call) {
    return shown(await call.tx((tx) => findByIdOrName(tx, orgId, connection), { orgId }));
  }
}
