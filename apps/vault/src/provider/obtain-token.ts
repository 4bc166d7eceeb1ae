import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { type TokenSource } from '@millrace/contracts';
import { type Clock, Secret } from '@millrace/kernel';
import { SignJWT } from 'jose';
import { z } from 'zod';
import { type Grant } from './oauth-client.js';
import { faultOfStatus, ProviderError, providerErrorOf } from './provider-error.js';
import { type ProviderRequest } from './provider-guard.js';

/** A token's life at Google, and the longest that an assertion for one may have. */
const ASSERTION_SECONDS = 3_600;

export interface TokenRequest {
  readonly source: TokenSource;
  readonly config: unknown;
  /** What a person gave. */
  readonly credential: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly fetch: (url: string, request: ProviderRequest) => Promise<Response>;
}

/**
 * Obtains a token that lives for an hour or so with a credential that stays here.
 * @throws ProviderError `refused` for a credential that is malformed or no longer taken
 */
export async function obtainToken({ source, config, credential, clock, fetch }: TokenRequest): Promise<Grant> {
  switch (source.kind) {
    case 'jwt-bearer':
      return ask(fetch, source.tokenUrl, {
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion: await googleAssertion(credential['keyFile'] ?? '', source, clock),
      });
    case 'login':
      return ask(fetch, source.tokenUrl(config), {
        client_id: credential['username'] ?? '',
        client_secret: credential['password'] ?? '',
      });
    case 'key-pair':
      return {
        accessToken: new Secret(await keyPairToken(credential, source.subject(config), source.lifeSeconds, clock)),
        livesMs: source.lifeSeconds * 1_000,
      };
  }
}

const KeyFile = z.object({
  type: z.literal('service_account'),
  client_email: z.string().min(1).max(254),
  private_key_id: z.string().max(200).optional(),
  private_key: z.string().min(1),
});

/** The account that a Google key file is of. @throws ProviderError `refused` when it is no key file */
export function accountOfKeyFile(text: string): string {
  return readKeyFile(text).client_email;
}

function readKeyFile(text: string): z.output<typeof KeyFile> {
  try {
    return KeyFile.parse(JSON.parse(text));
  } catch {
    // Without its cause, which could repeat the file.
    throw new ProviderError('refused');
  }
}

/** RFC 7523 §3 with the claims that Google asks for. */
function googleAssertion(
  keyFile: string,
  { tokenUrl, scopes }: Extract<TokenSource, { kind: 'jwt-bearer' }>,
  clock: Clock,
): Promise<string> {
  const { client_email: issuer, private_key: pem, private_key_id: kid } = readKeyFile(keyFile);
  const now = secondsOf(clock);
  return new SignJWT({ scope: scopes.join(' ') })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...(kid === undefined ? {} : { kid }) })
    .setIssuer(issuer)
    .setAudience(tokenUrl)
    .setIssuedAt(now)
    .setExpirationTime(now + ASSERTION_SECONDS)
    .sign(privateKeyOf(pem));
}

/**
 * Snowflake's key-pair token: issued by `<ACCOUNT>.<USER>.SHA256:<fingerprint of the public key>`, where the account has
 * no region behind a dot and everything is in capitals.
 */
function keyPairToken(
  credential: Readonly<Record<string, string>>,
  account: string,
  lifeSeconds: number,
  clock: Clock,
): Promise<string> {
  const key = privateKeyOf(credential['privateKey'] ?? '');
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const fingerprint = createHash('sha256').update(spki).digest('base64');
  const subject = `${account.split('.')[0]!}.${credential['username'] ?? ''}`.toUpperCase();
  const now = secondsOf(clock);
  return new SignJWT()
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
    .setIssuer(`${subject}.SHA256:${fingerprint}`)
    .setSubject(subject)
    .setIssuedAt(now)
    .setExpirationTime(now + lifeSeconds)
    .sign(key);
}

/** @throws ProviderError `refused` for anything but an RSA key of at least 2,048 bits */
function privateKeyOf(pem: string): KeyObject {
  const key = parsedKey(pem);
  if (key.asymmetricKeyType !== 'rsa' || (key.asymmetricKeyDetails?.modulusLength ?? 0) < 2_048) {
    throw new ProviderError('refused');
  }
  return key;
}

function parsedKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new ProviderError('refused');
  }
}

function secondsOf(clock: Clock): number {
  return Math.floor(clock.now().getTime() / 1_000);
}

const TokenAnswer = z.object({ access_token: z.string().min(1).max(8_192), expires_in: z.number().positive() });

async function ask(
  fetch: TokenRequest['fetch'],
  url: string,
  parameters: Readonly<Record<string, string>>,
): Promise<Grant> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: new URLSearchParams(parameters).toString(),
    });
    if (!response.ok) throw new ProviderError(faultOfStatus(response.status));
    const answer = TokenAnswer.safeParse(await response.json());
    if (!answer.success) throw new ProviderError('unusable');
    const { access_token: token, expires_in: seconds } = answer.data;
    return { accessToken: new Secret(token), livesMs: seconds * 1_000 };
  } catch (error) {
    throw providerErrorOf(error);
  }
}
