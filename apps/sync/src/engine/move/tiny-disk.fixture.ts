import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { scratchDirectory, type TestDatabase } from '@millrace/testing';
import pg from 'pg';

/** A disk of few megabytes in memory. */
export class TinyDisk {
  private constructor(
    readonly path: string,
    private readonly scratch: Disposable,
  ) {}

  /** Undefined where nobody lets us mount one: that takes root. */
  static mount(mebibytes: number): TinyDisk | undefined {
    const scratch = scratchDirectory();
    const place = path.join(scratch.path, 'disk');
    mkdirSync(place);
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', place], {
      stdio: 'ignore',
    });
    if (status === 0) return new TinyDisk(place, scratch);
    scratch[Symbol.dispose]();
    return undefined;
  }

  [Symbol.dispose](): void {
    spawnSync('umount', ['--lazy', this.path], { stdio: 'ignore' });
    this.scratch[Symbol.dispose]();
  }
}

/** Room for a table that comes to its end, and that can be made again. */
export interface Space {
  /** Behind the table's name: where it lies. */
  readonly clause: string;
  fill(): Promise<void>;
  free(): Promise<void>;
  remove(): Promise<void>;
}

/**
 * A tablespace on the disk. Without a disk the table says itself, by a trigger, what a server says that has no room: the
 * same SQLSTATE, in the middle of a batch.
 */
export async function spaceOf(database: TestDatabase, disk: TinyDisk | undefined): Promise<Space> {
  return disk ? tablespace(database, disk) : refusals(database);
}

async function tablespace(database: TestDatabase, disk: TinyDisk): Promise<Space> {
  const [row] = await database.query<{ at: string }>(`SELECT current_setting('data_directory') AS at`);
  const { uid, gid } = statSync(row!.at);
  const place = path.join(disk.path, 'space');
  mkdirSync(place, { mode: 0o700 });
  chownSync(place, uid, gid);
  const name = `tiny_${database.name}`;
  await database.query(`CREATE TABLESPACE ${name} LOCATION '${place}'`);
  return {
    clause: `TABLESPACE ${name}`,
    fill: async () => {
      await database.query(
        `CREATE TABLE filler (v text) TABLESPACE ${name}; ALTER TABLE filler ALTER v SET STORAGE PLAIN`,
      );
      const more = `INSERT INTO filler SELECT repeat('x', 4000) FROM generate_series(1, 200)`;
      // Until less than this is left.
      while (
        await database.query(more).then(
          () => true,
          () => false,
        )
      );
    },
    free: async () => void (await database.query('DROP TABLE filler')),
    remove: async () => {
      await database.drop();
      await removeTablespace(database, name);
    },
  };
}

async function removeTablespace({ url }: TestDatabase, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: url.reveal().replace(/[^/]*$/, 'postgres') });
  await client.connect();
  await client.query(`DROP TABLESPACE ${name}`);
  await client.end();
}

async function refusals(database: TestDatabase): Promise<Space> {
  await database.query(`CREATE TABLE room (is_left boolean); INSERT INTO room VALUES (true);
    CREATE FUNCTION take_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF NEW.id > 1500 AND NOT (SELECT is_left FROM room) THEN
        RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full';
      END IF; RETURN NEW; END $$`);
  return {
    clause: '',
    fill: async () => {
      await database.query(`UPDATE room SET is_left = false; CREATE TRIGGER room BEFORE INSERT ON crowded
        FOR EACH ROW EXECUTE FUNCTION take_room()`);
    },
    free: async () => void (await database.query('UPDATE room SET is_left = true')),
    remove: () => database.drop(),
  };
}
