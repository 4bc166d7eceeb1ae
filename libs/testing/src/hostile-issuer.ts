import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '@millrace/kernel';

/** Claims that a good ID token would have, besides those that say who somebody is. */
export interface IssuedFor {
  readonly clientId: string;
  readonly nonce: string;
}

export interface Token {
  readonly header: Record<string, unknown>;
  readonly claims: Record<string, unknown>;
  /** Who signs it: the issuer's own key, somebody else's, nobody, or the client's secret as a shared key. */
  readonly signedBy: 'issuer' | 'stranger' | 'nobody' | { readonly secret: string };
}

/** An OpenID Connect issuer on loopback that answers every code with whatever ID token the test forges. */
export interface HostileIssuer {
  readonly issuer: string;
  /** The next ID token; `good` is what an honest issuer would give. */
  forge(change: (good: Token) => Token): void;
  /** Where the browser comes back to after the authorization address: the answer of an honest issuer. */
  answer(url: string): URL;
  stop(): Promise<void>;
}

/** @param person what its ID tokens say of whoever signs in */
export async function startHostileIssuer(person: Record<string, unknown>, clock: Clock): Promise<HostileIssuer> {
  const [own, stranger] = [1, 2].map(() => generateKeyPairSync('rsa', { modulusLength: 2_048 }));
  let change: (good: Token) => Token = (good) => good;
  let asked: IssuedFor = { clientId: '', nonce: '' };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, issuer);
    request.resume();
    const json = (body: unknown) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    if (pathname === '/.well-known/openid-configuration') return json(metadata());
    if (pathname === '/jwks') {
      return json({ keys: [{ ...own!.publicKey.export({ format: 'jwk' }), kid: 'own', use: 'sig', alg: 'RS256' }] });
    }
    if (pathname !== '/token') return response.writeHead(404).end();
    return json({
      access_token: 'an access token',
      token_type: 'Bearer',
      expires_in: 60,
      id_token: signed(change(good())),
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const metadata = () => ({
    issuer,
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none'],
    authorization_response_iss_parameter_supported: true,
  });
  const good = (): Token => {
    const now = Math.floor(clock.now().getTime() / 1_000);
    return {
      header: { alg: 'RS256', kid: 'own' },
      claims: { iss: issuer, aud: asked.clientId, nonce: asked.nonce, iat: now, exp: now + 300, ...person },
      signedBy: 'issuer',
    };
  };
  const signed = ({ header, claims, signedBy }: Token): string => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const content = `${part(header)}.${part(claims)}`;
    return `${content}.${signatureOf(content, signedBy)}`;
  };
  const signatureOf = (content: string, signedBy: Token['signedBy']): string => {
    if (signedBy === 'nobody') return '';
    if (typeof signedBy === 'object') return createHmac('sha256', signedBy.secret).update(content).digest('base64url');
    const key: KeyObject = (signedBy === 'issuer' ? own! : stranger!).privateKey;
    return sign('sha256', Buffer.from(content), key).toString('base64url');
  };

  return {
    issuer,
    forge: (next) => void (change = next),
    answer: (url) => {
      const { searchParams } = new URL(url);
      asked = { clientId: searchParams.get('client_id')!, nonce: searchParams.get('nonce')! };
      const back = new URL(searchParams.get('redirect_uri')!);
      back.search = new URLSearchParams({ code: 'a-code', state: searchParams.get('state')!, iss: issuer }).toString();
      return back;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
