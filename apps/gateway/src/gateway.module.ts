import { Runtime, wire } from '@millrace/service';
import { Database } from '@millrace/persistence';
import { Module } from '@nestjs/common';
import { ApiDocs } from './document/api-docs.js';
import { AllRoutes } from './edge/all-routes.js';
import { Edge } from './edge/edge.js';
import { LiveStreams } from './live/live-streams.js';
import { AllPages, type PageSet } from './page/all-pages.js';
import { CallbackPages } from './page/callback-pages.js';
import { LinkPages } from './page/link-pages.js';
import { PromisePages } from './page/promise-pages.js';
import { ProviderPages } from './page/provider-pages.js';
import { PublicPages } from './page/public-pages.js';
import { StaffPages } from './page/staff-pages.js';
import { OperationRoutes } from './operation/operation-routes.js';
import { AccessLog } from './access-log/access-log.js';
import { RequestRecord } from './edge/request-record.js';
import { CookieRegister } from './session/cookie-register.js';
import { AddressBudget } from './rate-limit/address-budget.js';
import { AddressFingerprint } from './rate-limit/address-fingerprint.js';
import { RateLimits } from './rate-limit/rate-limits.js';
import { CallerOfRequest } from './session/caller-of-request.js';
import { SessionCookies } from './session/session-cookies.js';

@Module({
  providers: [
    {
      provide: SessionCookies,
      inject: [Runtime],
      useFactory: async ({ charters, clock, config, secrets }: Runtime) =>
        new SessionCookies({
          charters,
          clock,
          secure: config.http.secureCookies,
          key: await secrets.regionKey('session'),
        }),
    },
    {
      provide: AddressFingerprint,
      inject: [Runtime],
      useFactory: async ({ secrets }: Runtime) => new AddressFingerprint(await secrets.regionKey('session')),
    },
    { provide: AddressBudget, inject: [Runtime], useFactory: ({ clock }: Runtime) => new AddressBudget(clock) },
    wire(AccessLog, Runtime, Database),
    wire(CookieRegister, Runtime, Database),
    wire(RequestRecord, Runtime, AccessLog, CookieRegister),
    wire(RateLimits, Runtime, Database, AddressFingerprint),
    wire(CallerOfRequest, Runtime, SessionCookies),
    wire(LiveStreams, Runtime, CallerOfRequest),
    wire(OperationRoutes, Runtime, CallerOfRequest, SessionCookies, RateLimits, LiveStreams),
    wire(PublicPages, Runtime),
    wire(LinkPages, Runtime, OperationRoutes),
    wire(CallbackPages, Runtime, OperationRoutes),
    wire(StaffPages, OperationRoutes),
    wire(ProviderPages, Runtime, OperationRoutes),
    wire(ApiDocs, Runtime),
    wire(PromisePages, Runtime, OperationRoutes),
    {
      provide: AllPages,
      inject: [PublicPages, LinkPages, CallbackPages, StaffPages, ProviderPages, PromisePages],
      useFactory: (...sets: PageSet[]) => new AllPages(sets),
    },
    wire(AllRoutes, OperationRoutes, AllPages, ApiDocs),
    wire(Edge, Runtime, RequestRecord, AddressBudget, AllRoutes),
  ],
})
export class GatewayModule {}
