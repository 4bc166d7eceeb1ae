import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CALL_SEAL_SECONDS, type Caller, createConnection, sealedCallInfo, subjectOf } from '@millrace/contracts';
import { newId, Problem, type ProblemDocument, until } from '@millrace/kernel';
import { connectNats, decode, encode, headersOf } from '@millrace/messaging';
import { type Joined, joinRegion } from '@millrace/service';
import { draft, newUser, startVaultRegion, type User, type VaultRegion } from '../vault.fixture.js';

const CANARY = 'canary-5f2a77c1';
const AHEAD_MS = 5_000;

let vault: VaultRegion;
let gateway: Joined;
/** Everything that passes the broker between the edge and the vault, headers included. */
const passed: string[] = [];
let stopTap: () => Promise<void>;

beforeAll(async () => {
  vault = await startVaultRegion();
  const { config, secrets } = vault.region;
  gateway = await joinRegion('gateway', { config, secrets });
  const taps = await Promise.all(
    [['vault', subjectOf(createConnection)] as const, ['gateway', '_INBOX.gateway.>'] as const].map(
      async ([user, subject]) => {
        const connection = await connectNats({
          servers: config.nats.servers,
          user,
          password: await secrets.natsPassword(user),
        });
        connection.subscribe(subject, {
          callback: (_error, { data, headers }) => void passed.push(`${headers?.toString()} ${Buffer.from(data)}`),
        });
        await connection.flush();
        return connection;
      },
    ),
  );
  stopTap = async () => void (await Promise.all(taps.map((tap) => tap.close())));
}, 60_000);
afterAll(async () => {
  await stopTap?.();
  await gateway?.runtime.connection.close();
  await vault?.stop();
});

type Answer = { readonly ok?: unknown; readonly problem?: ProblemDocument };

/** Sends a body as it is, in a call that the gateway signed. */
async function send(body: unknown, caller: Caller, requestId: string): Promise<Answer> {
  const operation = createConnection.name;
  const token = await gateway.tokens.sign({ caller, operation, requestId });
  const reply = await gateway.runtime.connection.request(subjectOf(createConnection), encode(body), {
    timeout: 5_000,
    headers: headersOf({ 'Millrace-Call': token, 'Millrace-Deadline': String(Date.now() + 5_000) }),
  });
  return decode(reply.data) as Answer;
}

interface Seal {
  readonly operation: string;
  readonly caller: User;
  readonly requestId: string;
  readonly at: string;
  readonly secrets: Record<string, unknown>;
  readonly input: Record<string, unknown>;
}

/** A call as the edge makes it, with whatever a test changes about its seal. */
async function sendSealed(changes: Partial<Seal> = {}): Promise<Answer> {
  const [caller, requestId] = [newUser(), newId()];
  const { credential, ...rest } = draft('by hand', CANARY);
  const input = { ...rest, credential: { ...credential, password: null } };
  const fields = { operation: createConnection.name, caller, requestId, at: new Date().toISOString(), input };
  const seal: Seal = { ...fields, secrets: { '/credential/password': CANARY }, ...changes };
  const sealed = await gateway.seals.seal('vault', Buffer.from(JSON.stringify(seal.secrets)), sealedCallInfo(seal));
  return send({ input: seal.input, at: seal.at, ...sealed }, caller, requestId);
}

const codeOf = ({ ok, problem }: Answer) => (ok ? 'no problem' : problem!.code);
const ago = (ms: number) => new Date(Date.now() - ms).toISOString();

describe('a credential that a person types', () => {
  it('is nowhere in what passes the broker, and works', async () => {
    const password = `${CANARY} "with quotes" ö`;
    const seen = passed.length;
    await gateway.runtime.client.call(createConnection, draft('typed', password), newUser());
    await until('the answer to pass', 5_000, async () => passed.length >= seen + 2);
    const [request, answer] = passed.slice(seen);
    expect(request).toContain('"username":"reader"');
    expect(request).toContain('"password":null');
    expect(answer).toContain('"state":"active"');
    expect(`${request} ${answer}`).not.toContain(CANARY);
  });

  it('is refused by name where it is not valid, before anything is sent, and never repeated', async () => {
    const seen = passed.length;
    const wrong = { ...draft('wrong'), credential: { username: 'reader', password: CANARY.repeat(200) } };
    const refusal = await gateway.runtime.client
      .call(createConnection, wrong, newUser())
      .catch((error: unknown) => error as Problem);
    expect(refusal).toBeInstanceOf(Problem);
    expect((refusal as Problem).details.errors).toEqual([
      { path: '/credential/password', message: 'must be at most 1024 characters long' },
    ]);
    expect(JSON.stringify((refusal as Problem).toDocument())).not.toContain(CANARY);
    expect(passed.slice(seen)).toEqual([]);
  });

  it('is judged again by the vault once it is open, at the same place', async () => {
    const answer = await sendSealed({ secrets: { '/credential/password': `${CANARY}${'x'.repeat(2_000)}` } });
    expect(answer.problem).toMatchObject({
      code: 'kernel.invalid-input',
      errors: [{ path: '/credential/password', message: 'must be at most 1024 characters long' }],
    });
    expect(JSON.stringify(answer)).not.toContain(CANARY);
  });

  it('needs no secret where the provider asks for none', async () => {
    const input = { name: 'files', provider: 'csv', config: { directory: 'none' } };
    expect(codeOf(await sendSealed({ input, secrets: {} }))).toBe('kernel.invalid-input');
  });
});

describe('a seal', () => {
  it('opens for the call that it was made for', async () => {
    expect(codeOf(await sendSealed())).toBe('no problem');
    expect(codeOf(await sendSealed({ at: ago(CALL_SEAL_SECONDS * 900) }))).toBe('no problem');
  });

  it.each<[string, () => Partial<Seal>]>([
    ['another organization', () => ({ caller: newUser() })],
    ['another operation', () => ({ operation: 'vault.connection.read' })],
    ['another request', () => ({ requestId: newId() })],
    ['a minute ago', () => ({ at: ago(CALL_SEAL_SECONDS * 1_000 + 500) })],
    ['the future', () => ({ at: ago(-2 * AHEAD_MS) })],
    ['another place', () => ({ secrets: { '/credential/username': CANARY } })],
    ['a place too many', () => ({ secrets: { '/credential/password': CANARY, '/name': 'x' } })],
    ['no secret', () => ({ secrets: {} })],
  ])('of %s is refused', async (_what, changes) => {
    const answer = await sendSealed(changes());
    expect(codeOf(answer)).toBe('kernel.not-sealed');
    expect(JSON.stringify(answer)).not.toContain(CANARY);
  });

  it('that was changed is refused: its ciphertext, its instant, its key', async () => {
    const [caller, requestId, at] = [newUser(), newId(), new Date().toISOString()];
    const info = sealedCallInfo({ operation: createConnection.name, caller, requestId, at });
    const secrets = Buffer.from(JSON.stringify({ '/credential/password': CANARY }));
    const { keyId, sealed } = await gateway.seals.seal('vault', secrets, info);
    const { credential, ...rest } = draft('changed', CANARY);
    const good = { input: { ...rest, credential: { ...credential, password: null } }, at, keyId, sealed };
    const flipped = Buffer.from(sealed, 'base64url');
    flipped[flipped.length - 20]! ^= 1;
    const changed = [
      { ...good, sealed: flipped.toString('base64url') },
      { ...good, at: ago(1_000) },
      { ...good, keyId: 'A'.repeat(43) },
      { ...good, input: { ...good.input, credential } },
    ];
    for (const body of changed) expect(codeOf(await send(body, caller, requestId))).toBe('kernel.not-sealed');
    expect(codeOf(await send(good, caller, requestId))).toBe('no problem');
  });

  it('is asked of everybody: a credential in clear is refused', async () => {
    expect(codeOf(await send(draft('in clear', CANARY), newUser(), newId()))).toBe('kernel.not-sealed');
  });
});
