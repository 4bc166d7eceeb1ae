import { allows, type Caller, kernelProblems, resolveSession } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import { type Runtime } from '@millrace/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { concernsUser, type HttpOperation } from '../operation/http-operation.js';
import { isCrossSite, isStateChanging } from './same-origin.js';
import { type SessionCookies } from './session-cookies.js';

const PUBLIC: Caller = { kind: 'public' };
const SELF: Caller = { kind: 'service', name: 'gateway' };

/** Finds out who asks, and refuses what another site made their browser ask. */
export class CallerOfRequest {
  constructor(
    private readonly runtime: Runtime,
    private readonly cookies: SessionCookies,
  ) {}

  /** @throws Problem `kernel.cross-site` when a page of another site made a browser send something that may change a thing */
  refuseCrossSite(request: FastifyRequest): void {
    if (isStateChanging(request.method) && isCrossSite(request, this.runtime.config.http.origins)) {
      throw new Problem(kernelProblems.crossSite);
    }
  }

  /**
   * Who calls `operation`. A session that nobody knows is cleared from the browser.
   * @throws Problem `kernel.cross-site`, `kernel.not-signed-in` or `kernel.forbidden`
   */
  async identify(operation: HttpOperation, request: FastifyRequest, reply: FastifyReply): Promise<Caller> {
    const changes = isStateChanging(request.method);
    const tokenHash = this.cookies.tokenHashOf(request);
    const isProven = tokenHash !== undefined && (!changes || this.cookies.provesOwnSite(request, tokenHash));
    const isUsers = concernsUser(operation.access);
    // A visitor's operation needs no session; only an unproven one makes it matter whether there is one.
    if (tokenHash === undefined || (!isUsers && isProven)) return this.permitted(operation, PUBLIC);
    const caller = await this.resolve(tokenHash, request.id);
    if (!caller) {
      this.cookies.clear(reply);
      return this.permitted(operation, PUBLIC);
    }
    if (!isProven) throw new Problem(kernelProblems.crossSite);
    return this.permitted(operation, isUsers ? caller : PUBLIC);
  }

  /** Whether the session behind a request still stands; for answers that go on for a while. */
  async stillStands(request: FastifyRequest): Promise<boolean> {
    const tokenHash = this.cookies.tokenHashOf(request);
    return tokenHash !== undefined && (await this.resolve(tokenHash, request.id)) !== undefined;
  }

  private async resolve(tokenHash: string, requestId: string): Promise<Caller | undefined> {
    const { session } = await this.runtime.client.call(resolveSession, { tokenHash }, SELF, requestId);
    return session && { kind: 'user', ...session };
  }

  /** The service decides again; asking here spares it strangers and tells them nothing about the input. */
  private permitted({ access }: HttpOperation, caller: Caller): Caller {
    if (allows(access, caller)) return caller;
    throw new Problem(caller.kind === 'public' ? kernelProblems.notSignedIn : kernelProblems.forbidden);
  }
}
