import type { Charter } from '@millrace/charter';
import { type Access, allows, contextOf, kernelProblems } from '@millrace/contracts';
import type { ProblemKind } from '@millrace/kernel';
import {
  concernsUser,
  type HttpOperation,
  httpOperations,
  pathFieldsOf,
  pathsOf,
} from '../operation/http-operation.js';
import { moduleOf } from '../operation/module-of-operation.js';
import { CSRF_HEADER, SESSION_COOKIE } from '../session/session-cookies.js';
import { isStateChanging } from '../session/same-origin.js';
import { type JsonSchema, jsonSchemaOf } from './json-schema.js';

interface ObjectSchema extends JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

const tags: Readonly<Record<string, string>> = {
  identity: 'Accounts and sessions',
  vault: 'Connections to other systems',
  sync: 'Pipelines and their runs',
  compliance: 'Your data, the promises and the ledger',
  notifications: 'Your inbox',
};

/** The API as OpenAPI 3.1: the operations of the modules that the charter switches on, and nothing that is not declared. */
export function openApi(charter: Charter): Readonly<Record<string, unknown>> {
  const shown = httpOperations.filter((one) => charter.isOn(moduleOf(one)));
  const contexts = new Set(shown.map((one) => contextOf(one.name) as string));
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of shown) {
    for (const path of pathsOf(operation))
      (paths[path] ??= {})[operation.http.method.toLowerCase()] = describe(operation, path);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: `Millrace at ${charter.document.controller.name}`,
      version: '1',
      description:
        'Every operation that is reachable from outside. Each path also answers with a slash at its end. Errors are problems (RFC 9457) with a stable `code`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: Object.entries(tags)
      .filter(([name]) => contexts.has(name))
      .map(([name, description]) => ({ name, description })),
    paths,
    components: { schemas: { Problem: problemSchema }, securitySchemes },
  };
}

const securitySchemes = {
  token: {
    type: 'http',
    scheme: 'bearer',
    description: 'An API token, made with `POST /api/v1/tokens`; its scopes are permissions.',
  },
  session: { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE, description: 'Set by signing in.' },
  csrf: {
    type: 'apiKey',
    in: 'header',
    name: CSRF_HEADER,
    description: 'The value of the cookie csrftoken, which signing in sets too.',
  },
};

const problemSchema = {
  type: 'object',
  description: 'RFC 9457. `code` is stable; `type` leads to a page about it.',
  required: ['type', 'code', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string', format: 'uri-reference' },
    code: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['path', 'message'],
        properties: {
          path: { type: 'string', description: 'JSON Pointer into what was sent' },
          message: { type: 'string' },
        },
      },
    },
    retryAfterSeconds: { type: 'number' },
    requestId: { type: 'string', format: 'uuid' },
  },
};

function describe(operation: HttpOperation, path: string): Record<string, unknown> {
  const { http, name, summary } = operation;
  const input = inputOf(operation);
  const isCanonical = path === pathsOf(operation)[0];
  return {
    operationId: isCanonical ? name : `${name}:${path}`,
    summary,
    tags: [contextOf(name)],
    ...(isCanonical ? {} : { deprecated: true }),
    security: securityOf(operation),
    parameters: parametersOf(operation, input),
    ...bodyOf(operation, input),
    responses: { [String(http.status ?? 200)]: successOf(operation), ...problemsOf(operation) },
  };
}

/** What a caller may send; device and browser are the gateway's to say. */
function inputOf({ input, http }: HttpOperation): ObjectSchema {
  const schema = jsonSchemaOf(input, 'input') as ObjectSchema;
  const said = ['device', 'browser'] as const;
  if (!said.some((field) => http[field])) return schema;
  const properties = Object.entries(schema.properties ?? {}).filter(([name]) => !said.some((field) => field === name));
  return { ...schema, properties: Object.fromEntries(properties) };
}

function securityOf({ access, http, stepUp }: HttpOperation): Record<string, never[]>[] {
  if (allows(access, { kind: 'public' })) return [];
  const session = { session: [], ...(isStateChanging(http.method) ? { csrf: [] } : {}) };
  return takesToken(access) && !stepUp ? [session, { token: [] }] : [session];
}

/** Whether an API token may ask: for what a permission opens, not for the account itself. */
function takesToken(access: Access): boolean {
  return access.kind === 'permission' || (access.kind === 'any' && access.of.some(takesToken));
}

const takesBody = ({ http }: HttpOperation) => http.method !== 'GET';

function parametersOf(operation: HttpOperation, { properties = {}, required = [] }: ObjectSchema) {
  const inPath = pathFieldsOf(operation);
  const names = takesBody(operation)
    ? inPath
    : [...inPath, ...Object.keys(properties).filter((key) => !inPath.includes(key))];
  return names.map((name) => ({
    name,
    in: inPath.includes(name) ? 'path' : 'query',
    required: inPath.includes(name) || required.includes(name),
    schema: properties[name] ?? {},
  }));
}

/** The body holds what the path does not. */
function bodyOf(operation: HttpOperation, input: ObjectSchema): Record<string, unknown> {
  const inPath = pathFieldsOf(operation);
  const isOutside = (key: string) => !inPath.includes(key);
  const properties = Object.fromEntries(Object.entries(input.properties ?? {}).filter(([key]) => isOutside(key)));
  if (!takesBody(operation) || Object.keys(properties).length === 0) return {};
  const required = (input.required ?? []).filter(isOutside);
  const schema = { ...input, properties, ...(required.length ? { required } : { required: undefined }) };
  return { requestBody: { required: required.length > 0, content: { 'application/json': { schema } } } };
}

function successOf({ http, output }: HttpOperation): Record<string, unknown> {
  if (http.mediaType)
    return { description: 'Success', content: { [http.mediaType.split(';')[0]!]: { schema: { type: 'string' } } } };
  if (http.bundle) {
    const schema = { type: 'string', contentMediaType: 'application/zip' };
    return {
      description: 'Success; the file schema.json in it describes the others',
      content: { 'application/zip': { schema } },
    };
  }
  const schema = jsonSchemaOf(http.inParts?.shape ?? output, 'output') as ObjectSchema;
  if (http.live) {
    const description = 'Server-sent events named `progress`, each with this document, until its state is final';
    return { description, content: { 'text/event-stream': { schema } } };
  }
  if (http.session !== 'start') return { description: 'Success', content: { 'application/json': { schema } } };
  // The session travels in the cookie, never in the body.
  const { session, ...properties } = schema.properties ?? {};
  void session;
  const required = (schema.required ?? []).filter((key) => key !== 'session');
  return {
    description: 'Success; the session is in the cookie',
    content: { 'application/json': { schema: { ...schema, properties, required } } },
  };
}

/** Problems by status, each with its codes. */
function problemsOf(operation: HttpOperation): Record<string, unknown> {
  const byStatus = new Map<number, ProblemKind[]>();
  for (const kind of [...edgeProblemsOf(operation), ...operation.errors])
    byStatus.set(kind.status, [...(byStatus.get(kind.status) ?? []), kind]);
  return Object.fromEntries(
    [...byStatus]
      .sort(([a], [b]) => a - b)
      .map(([status, kinds]) => [
        String(status),
        {
          description: kinds.map(({ code, title }) => `\`${code}\`: ${title}`).join('\n\n'),
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      ]),
  );
}

/** What the edge may answer before the operation is asked. */
function edgeProblemsOf(operation: HttpOperation): ProblemKind[] {
  const {
    invalidInput,
    malformedJson,
    tooLarge,
    unsupportedMediaType,
    notSignedIn,
    forbidden,
    confirmFirst,
    crossSite,
    notFound,
    tooMany,
    unavailable,
  } = kernelProblems;
  return [
    invalidInput,
    ...(takesBody(operation) ? [malformedJson, tooLarge, unsupportedMediaType] : []),
    ...(concernsUser(operation.access) && !allows(operation.access, { kind: 'public' })
      ? [notSignedIn, forbidden]
      : []),
    ...(operation.stepUp ? [confirmFirst] : []),
    ...(isStateChanging(operation.http.method) ? [crossSite] : []),
    ...(pathFieldsOf(operation).length ? [notFound] : []),
    tooMany,
    unavailable,
  ];
}
