import { z } from 'zod';
import { f } from '../../field.js';
import { provider, Token } from './provider.js';

/** The secret of an internal integration; Notion has capabilities instead of scopes, and "read content" is enough. */
export const notion = provider(z.strictObject({ workspace: f.label() }), {
  title: 'Notion',
  direct: { auth: 'api-token', credential: Token, account: ({ workspace }) => workspace },
});
