import { randomBytes } from 'node:crypto';
import type { CustomerKeyPlace } from '@millrace/contracts';
import {
  AppRoleTokens,
  constantTimeEqual,
  CryptoError,
  type SecondHolder,
  Transit,
  TransitClient,
  type TransitTransport,
} from '@millrace/crypto';
import { type Clock, Secret } from '@millrace/kernel';
import type { ProviderGuard } from '../provider/provider-guard.js';

/** What shows a customer's engine who asks. */
export interface CustomerRole {
  readonly roleId: string;
  readonly secretId: string;
}

const PROBE_BYTES = 32;

/** One key in a customer's engine, reached through the guard: wrapped and unwrapped with, never made, changed or destroyed. */
export class CustomerEngine implements SecondHolder {
  readonly keyName: string;
  private readonly transit: Transit;

  /**
   * @param keyId names the engine in the records of the guard
   * @throws CryptoError `key-provider-invalid` for an address or a mount that cannot be one
   */
  constructor(keyId: string, place: CustomerKeyPlace, role: CustomerRole, guard: ProviderGuard, clock: Clock) {
    this.keyName = place.keyName;
    const transport: TransitTransport = async ({ url, method, headers, body, timeoutMs }) => {
      const request = {
        method,
        headers,
        timeoutMs,
        ...(body ? { body: body.toString() } : {}),
        ca: place.certificates,
      };
      const answer = await guard.fetch(keyId, url.href, request);
      return { status: answer.status, body: Buffer.from(await answer.arrayBuffer()) };
    };
    const appRole = { mount: place.loginMount, roleId: role.roleId, secretId: new Secret(role.secretId) };
    this.transit = new Transit(
      new TransitClient(place, transport, new AppRoleTokens(place, appRole, transport, clock)),
    );
  }

  readonly wrap: SecondHolder['wrap'] = (...request) => this.transit.wrap(...request);
  readonly unwrap: SecondHolder['unwrap'] = (...request) => this.transit.unwrap(...request);

  /** Wraps and unwraps something of no use to anybody. @throws CryptoError saying why the key cannot be relied on */
  async check(): Promise<void> {
    if (!(await this.transit.describeKey(this.keyName)))
      throw new CryptoError('key-not-found', 'There is no such key in the transit engine');
    const [probe, binding] = [randomBytes(PROBE_BYTES), randomBytes(PROBE_BYTES)];
    const opened = await this.unwrap(this.keyName, await this.wrap(this.keyName, probe, binding), binding);
    if (!constantTimeEqual(opened, probe))
      throw new CryptoError('key-provider-invalid', 'The transit engine decrypts to something else than it was given');
  }
}
