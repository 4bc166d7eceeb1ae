import {
  type AuthorizationRequest,
  beginAuthorization,
  beginReauthorization,
  callbackPath,
  finishAuthorization,
  type OAuthProvider,
  oauthProviderNames,
} from '@millrace/contracts';
import { type ApiOptions, openApi } from '../api/api-command.js';
import { ask } from '../terminal/ask.js';
import { documentOption, usage } from './connection-settings.js';
import { findConnection } from './find-connection.js';

export interface AuthorizeOptions extends ApiOptions {
  readonly provider?: OAuthProvider;
  readonly name?: string;
  readonly config?: string;
  readonly configFile?: string;
}

/** Connects at the provider: a new connection, or the named one again. The browser shows the address that goes here. */
export async function authorize(named: string | undefined, options: AuthorizeOptions): Promise<void> {
  const { provider, name } = options;
  const isNew = provider !== undefined && name !== undefined;
  if (isNew === (named !== undefined)) {
    throw usage('Name a connection to connect it again, or give --provider and --name for a new one.');
  }
  const api = await openApi(options);
  const begun = isNew
    ? await api.client.call(beginAuthorization, {
        name,
        provider,
        config: documentOption(options),
      } as AuthorizationRequest)
    : await api.client.call(beginReauthorization, await idOf(api, named!));
  const { terminal } = api.console;
  process.stderr.write(`\n  Open this address in a browser and allow the connection:\n\n  ${begun.url}\n\n`);
  const address = await ask('  The page that you come back to shows an address. Paste it here: ');
  const connection = await api.client.call(finishAuthorization, answerIn(address));
  terminal.tick(`${connection.name} is connected as ${connection.account}; nobody is shown its tokens`);
  terminal.fact('id', connection.connectionId);
  api.console.result(connection);
}

async function idOf(api: Awaited<ReturnType<typeof openApi>>, named: string) {
  const { connectionId } = await findConnection(api, named);
  return { connectionId };
}

/** The provider's answer in the address of the page that it sent the browser to. */
function answerIn(address: string): { provider: OAuthProvider; answer: string } {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const provider = oauthProviderNames.find((one) => url?.pathname === callbackPath(one));
  if (!url || !provider || url.search.length < 2) {
    throw usage('That is not the address of the page. It holds /connections/callback/ and what the provider answered.');
  }
  return { provider, answer: url.search.slice(1) };
}
