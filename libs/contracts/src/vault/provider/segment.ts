import { z } from 'zod';
import { f } from '../../field.js';
import { provider, Token } from './provider.js';

/** A token of the Public API whose role may only read. */
export const segment = provider(z.strictObject({ workspace: f.label(), region: f.oneOf('us', 'eu').default('us') }), {
  title: 'Segment',
  direct: { auth: 'api-token', credential: Token, account: ({ workspace }) => workspace },
});
