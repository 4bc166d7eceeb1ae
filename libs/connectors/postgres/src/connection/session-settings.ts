/** Text forms must not depend on the server's taste: they are read on another server, or later. */
const SETTINGS = `SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET extra_float_digits = 3;
  SET bytea_output = 'hex'; SET xmloption = 'content'; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0;
  SET standard_conforming_strings = on; SET client_min_messages = 'error'`;
/** A checkpoint says that a batch will survive a crash, so a server that commits lazily by default is asked to wait. */
const LASTING_COMMITS = `SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'`;

/** PostgreSQL 14 learned to notice a vanished client during a long statement. */
const CONNECTION_CHECK_VERSION = 140_000;
/** Ends a statement within seconds after its worker was killed. Platforms that cannot do it refuse the setting. */
const NOTICE_LOST_CLIENTS = `DO $$ BEGIN SET client_connection_check_interval = '2s'; EXCEPTION WHEN OTHERS THEN NULL; END $$`;

/** Turns a connection that was opened for questions into one that writes. */
export const WRITABLE = `SET default_transaction_read_only = off; ${LASTING_COMMITS}`;

/** What a connection is told before anything else, by the server's `server_version_num`. */
export function settingsFor(version: number, readOnly: boolean): string {
  return [
    SETTINGS,
    readOnly ? 'SET default_transaction_read_only = on' : LASTING_COMMITS,
    ...(version >= CONNECTION_CHECK_VERSION ? [NOTICE_LOST_CLIENTS] : []),
  ].join(';');
}
