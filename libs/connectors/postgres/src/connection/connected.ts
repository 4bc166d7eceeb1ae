import type { Socket } from 'node:net';
import type pg from 'pg';
import type { CatalogTable } from '../catalog/read-catalog.js';

/** A connected client, whose `version` is the server's `server_version_num`. */
export interface Connected {
  readonly client: pg.Client;
  readonly version: number;
  readonly socket: Socket;
  /** What was looked up of tables over this connection, by name: within a run they are the same from step to step. */
  readonly tables: Map<string, CatalogTable>;
  /** Takes leave of it in good order: it waits for a later session, or is closed. Never fails. */
  readonly end: () => Promise<void>;
}
