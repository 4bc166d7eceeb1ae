import {
  allows,
  API_TOKEN_PREFIX,
  type Caller,
  kernelProblems,
  resolveSession,
  resolveToken,
  STAFF_ACCESS_HEADER,
} from '@millrace/contracts';
import { hashOpaqueToken } from '@millrace/crypto';
import { isId, Problem } from '@millrace/kernel';
import { type Runtime } from '@millrace/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { concernsUser, type HttpOperation } from '../operation/http-operation.js';
import { isCrossSite, isStateChanging } from './same-origin.js';
import { type SessionCookies } from './session-cookies.js';

const PUBLIC: Caller = { kind: 'public' };
const SELF: Caller = { kind: 'service', name: 'gateway' };
/** RFC 6750 §2.1; the scheme is case-insensitive (RFC 9110 §11.1). */
const BEARER = /^bearer +(\S+)$/i;

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
   * Who calls `operation`. A request with an `Authorization` header speaks with that alone; a session that nobody knows
   * is cleared from the browser.
   * @throws Problem `kernel.cross-site`, `kernel.not-signed-in`, `kernel.forbidden`, or `kernel.invalid-input` for a header
   * that names no organization
   */
  async identify(operation: HttpOperation, request: FastifyRequest, reply: FastifyReply): Promise<Caller> {
    const { authorization } = request.headers;
    if (authorization !== undefined) return this.identifyToken(operation, authorization, request.id);
    const changes = isStateChanging(request.method);
    const tokenHash = this.cookies.tokenHashOf(request);
    const isProven = tokenHash !== undefined && (!changes || this.cookies.provesOwnSite(request, tokenHash));
    const isUsers = concernsUser(operation.access);
    // A visitor's operation needs no session; only an unproven one makes it matter whether there is one.
    if (tokenHash === undefined || (!isUsers && isProven)) return this.permitted(operation, PUBLIC);
    const caller = await this.resolveSession(tokenHash, request);
    if (!caller) {
      this.cookies.clear(reply);
      return this.permitted(operation, PUBLIC);
    }
    if (!isProven) throw new Problem(kernelProblems.crossSite);
    return this.permitted(operation, isUsers ? caller : PUBLIC);
  }

  /** Who calls `operation`, or a visitor when nobody is signed in. @throws Problem `kernel.forbidden` */
  async identifyOrVisitor(operation: HttpOperation, request: FastifyRequest, reply: FastifyReply): Promise<Caller> {
    try {
      return await this.identify(operation, request, reply);
    } catch (error) {
      if (error instanceof Problem && error.code === kernelProblems.notSignedIn.code) return PUBLIC;
      throw error;
    }
  }

  /** Whether the session or token behind a request still stands; for answers that go on for a while. */
  async stillStands(request: FastifyRequest): Promise<boolean> {
    const { authorization } = request.headers;
    if (authorization !== undefined) return (await this.resolveToken(authorization, request.id)) !== undefined;
    const tokenHash = this.cookies.tokenHashOf(request);
    return tokenHash !== undefined && (await this.resolveSession(tokenHash, request)) !== undefined;
  }

  /** A header cannot be set by another site's form, so it proves itself. An unknown one is refused, whatever is asked. */
  private async identifyToken(operation: HttpOperation, authorization: string, requestId: string): Promise<Caller> {
    const caller = await this.resolveToken(authorization, requestId);
    if (!caller) throw new Problem(kernelProblems.notSignedIn);
    return this.permitted(operation, concernsUser(operation.access) ? caller : PUBLIC);
  }

  private async resolveToken(authorization: string, requestId: string): Promise<Caller | undefined> {
    const shown = BEARER.exec(authorization)?.[1];
    if (!shown?.startsWith(API_TOKEN_PREFIX)) return undefined;
    const tokenHash = hashOpaqueToken(shown);
    const { token } = await this.runtime.client.call(resolveToken, { tokenHash }, SELF, requestId);
    return token && { kind: 'user', ...token };
  }

  private async resolveSession(tokenHash: string, request: FastifyRequest): Promise<Caller | undefined> {
    const orgId = openedBy(request);
    const { session, staff } = await this.runtime.client.call(resolveSession, { tokenHash, orgId }, SELF, request.id);
    if (staff) return { kind: 'staff', ...staff };
    return session && { kind: 'user', ...session };
  }

  /** The service decides again; asking here spares it strangers and tells them nothing about the input. */
  private permitted({ access }: HttpOperation, caller: Caller): Caller {
    if (allows(access, caller)) return caller;
    throw new Problem(caller.kind === 'public' ? kernelProblems.notSignedIn : kernelProblems.forbidden);
  }
}

/** The customer whose data somebody of the staff asks for. @throws Problem `kernel.invalid-input` for what is no id */
function openedBy({ headers }: FastifyRequest): string | undefined {
  const named = headers[STAFF_ACCESS_HEADER];
  if (named === undefined || (typeof named === 'string' && isId(named))) return named;
  const message = 'must be the id of one organization';
  throw new Problem(kernelProblems.invalidInput, { errors: [{ path: `/headers/${STAFF_ACCESS_HEADER}`, message }] });
}
