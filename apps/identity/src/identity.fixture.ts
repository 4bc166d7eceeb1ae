import {
  acceptInvitation,
  addAuthenticator,
  type Caller,
  confirmAuthenticator,
  confirmSignUp,
  type EventData,
  type EventKind,
  inviteMember,
  mintOneTimeSecret,
  resolveSession,
  type Role,
  signUp,
} from '@millrace/contracts';
import { hashOpaqueToken } from '@millrace/crypto';
import { Problem } from '@millrace/kernel';
import { startTestRegion, type TestRegion, type TestRegionOptions } from '@millrace/testing';
import { URI } from 'otpauth';
import pg from 'pg';
import { definition } from './index.js';

export const PUBLIC: Caller = { kind: 'public' };
const GATEWAY: Caller = { kind: 'service', name: 'gateway' };

export type User = Extract<Caller, { kind: 'user' }>;

/** Somebody with an account, and the session that they are signed in with. */
export interface Person {
  readonly email: string;
  readonly password: string;
  readonly token: string;
  readonly caller: User;
}

/** People of a region in which identity alone runs: its mails are minted here as notifications would have them minted. */
export class People {
  private constructor(readonly region: TestRegion) {}

  /** Starts the region. It keeps a copy of every event besides: the outbox forgets what it has sent. */
  static async start(options: Omit<TestRegionOptions, 'definitions'> = {}): Promise<People> {
    const region = await startTestRegion({ ...options, definitions: [definition] });
    const superuser = new pg.Client({ connectionString: region.postgres.url('identity').reveal() });
    await superuser.connect();
    await superuser.query(`
      create table emitted (envelope jsonb not null);
      grant select on emitted to public;
      create function keep_emitted() returns trigger language plpgsql security definer as
        'begin insert into emitted values (new.envelope::jsonb); return new; end';
      create trigger keep_emitted after insert on outbox for each row execute function keep_emitted()`);
    await superuser.end();
    return new People(region);
  }

  /** The data of the events of a kind, in the order in which they were decided. */
  async emitted<E extends EventKind>({ name }: E): Promise<EventData<E>[]> {
    const rows = await this.sql<{ data: EventData<E> }>(
      `select envelope->'data' as data from emitted where envelope->>'type' = $1`,
      [name],
    );
    return rows.map((row) => row.data);
  }

  /** The mails that wait, the newest first; each is minted by reading it. */
  async mails() {
    const rows = await this.sql<{ id: string }>('select id from one_time_secret order by created_at desc, id desc');
    const mails = [];
    for (const { id } of rows) {
      const mail = await this.mint(id);
      if (mail) mails.push(mail);
    }
    return mails;
  }

  private async mint(secretId: string) {
    const notifications = await this.region.clientOf('notifications');
    const caller: Caller = { kind: 'service', name: 'notifications' };
    return (await notifications.call(mintOneTimeSecret, { secretId }, caller)).mail;
  }

  /** The token of the newest mail to an address. */
  async mailed(address: string): Promise<string> {
    const found = (await this.mails()).find(({ email }) => email === address);
    if (!found) throw new Error('No mail waits for that address');
    return found.token;
  }

  /** The token of the invitation that waits for an address. */
  async invited(address: string): Promise<string> {
    const [row] = await this.sql<{ id: string }>(
      'select id from invitation where email = $1 order by created_at desc limit 1',
      [address],
    );
    return (await this.mint(row!.id))!.token;
  }

  /** Somebody who has signed up, confirmed and is signed in. */
  async join(email: string, password = 'a quiet river of data', device = 'a test'): Promise<Person> {
    const call = this.region.gatewayCall;
    await call(signUp, { email, password, ofAge: true }, PUBLIC);
    const { session } = await call(confirmSignUp, { token: await this.mailed(email), password, device }, PUBLIC);
    return { email, password, token: session.token, caller: (await this.callerOf(session.token))! };
  }

  /** Somebody with an account who was invited and has joined: their session is in the organization then. */
  async member(host: User, email: string, role: Role): Promise<Person> {
    const call = this.region.gatewayCall;
    const guest = await this.join(email);
    await call(inviteMember, { email, role }, host);
    const { session } = await call(acceptInvitation, { token: await this.invited(email) }, guest.caller);
    return { ...guest, token: session.token, caller: (await this.callerOf(session.token))! };
  }

  /** Sets up an authenticator; `shown` is what it shows now. The code of the present step is used up by that. */
  async addAuthenticator(caller: User) {
    const call = this.region.gatewayCall;
    const { clock } = this.region.service('identity').runtime;
    const { uri } = await call(addAuthenticator, {}, caller);
    const shown = () => URI.parse(uri).generate({ timestamp: clock.now().getTime() });
    return { uri, shown, ...(await call(confirmAuthenticator, { code: shown() }, caller)) };
  }

  /** Who a session token belongs to; nobody when it has ended. */
  async callerOf(token: string): Promise<User | undefined> {
    const { session } = await this.region.gatewayCall(resolveSession, { tokenHash: hashOpaqueToken(token) }, GATEWAY);
    return session && { kind: 'user', ...session };
  }

  sql<T>(statement: string, parameters: unknown[] = []): Promise<T[]> {
    return this.region
      .service('identity')
      .database.region({ kind: 'service' }, (tx) => tx.query<T>(statement, parameters));
  }
}

/** The code of the problem that a call ends with. */
export const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no problem',
    (error: unknown) => (error instanceof Problem ? error.code : String(error)),
  );
